import type { ErrorMeaning } from '../core/dialect.ts';
import { type SpeechError, SpeechFailure } from '../core/errors.ts';
import { ClientGone } from '../stream/cancel.ts';

/** An error as its client gets it. */
export interface ErrorResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array<ArrayBuffer>;
}

/** A failure that is answered in another form than its dialect's, as a few routes want. */
export class FailureWithResponse extends SpeechFailure {
  readonly response: ErrorResponse;
  constructor(error: SpeechError, response: ErrorResponse, cause?: unknown) {
    super(error, cause);
    this.name = 'FailureWithResponse';
    this.response = response;
  }
}

/** Deterministic failures carry this so that OpenAI's clients do not repeat them. */
const noRetry = { 'x-should-retry': 'false' };

/** The error that something thrown is for a client. */
export function errorOf(thrown: unknown): SpeechError {
  if (thrown instanceof SpeechFailure) return thrown.error;
  if (thrown instanceof ClientGone) return { code: 'client_gone' };
  return { code: 'engine_failed' };
}

/** An error as the client of a dialect expects it. No upstream text, address or stack ever gets here. */
export function toErrorResponse(
  error: SpeechError,
  errorBody: (meaning: ErrorMeaning) => object,
): ErrorResponse {
  const meaning = meaningOf(error);
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-store', ...meaning.headers };
  return { status: meaning.status, headers, body: JSON.stringify(errorBody(meaning)) };
}

export function meaningOf(error: SpeechError): ErrorMeaning {
  return { code: error.code, ...answerTo(error) };
}

/** OpenAI's form of an error (API reference, errors), which many clients read: for every dialect without one of its own. */
export function usualErrorBody({ code, status, message, param }: ErrorMeaning): object {
  const field = param === 'text' ? 'input' : (param ?? null); // the engines know the text by one name
  const name = code === 'timeout' && status === 408 ? 'request_timeout' : code;
  return { error: { message, type: typeOf(status), param: field, code: name } };
}

function typeOf(status: number): string {
  if (status === 503) return 'overloaded_error';
  return status >= 500 ? 'api_error' : 'invalid_request_error';
}

function answerTo(error: SpeechError): Omit<ErrorMeaning, 'code'> {
  switch (error.code) {
    case 'invalid_value':
      return { status: 400, message: error.message, param: error.param, headers: noRetry };
    case 'invalid_api_key':
      return {
        status: 401,
        message: 'Invalid token',
        headers: error.missing ? { 'www-authenticate': 'Bearer' } : {},
      };
    case 'voice_not_found':
      return {
        status: 404,
        message: `The voice '${error.voice.slice(0, 64)}' does not exist.`,
        param: 'voice',
      };
    case 'model_not_found':
      return {
        status: 404,
        message: `The model '${error.model.slice(0, 64)}' does not exist.`,
        param: 'model',
      };
    case 'not_found':
      return { status: 404, message: 'Not Found' };
    case 'method_not_allowed':
      return { status: 405, message: 'Method Not Allowed', headers: { allow: error.allow } };
    case 'upgrade_required': // RFC 9110, 15.5.22
      return {
        status: 426,
        message: 'This address is a WebSocket.',
        headers: { upgrade: 'websocket', connection: 'upgrade' },
      };
    case 'request_too_large':
      return { status: 413, message: error.message };
    case 'unsupported_media_type':
      return { status: 415, message: 'Unsupported content type', headers: { accept: error.accept } };
    case 'reference_exists':
      return { status: 409, message: `Reference ID '${error.id.slice(0, 64)}' already exists` };
    case 'reference_not_found':
      return { status: 404, message: `Reference ID '${error.id.slice(0, 64)}' not found` };
    case 'rate_limit_exceeded':
      return {
        status: 429,
        message: `Too many ${error.what}. Please try again later.`,
        headers: {
          'retry-after': String(Math.min(60, Math.max(1, Math.ceil(error.retryAfterMs / 1000)))),
          'retry-after-ms': String(Math.min(59_999, Math.ceil(error.retryAfterMs))), // clients believe no wait of a minute
        },
      };
    case 'link_refused':
      return {
        status: 403,
        message: error.over ? 'This address is over.' : 'This address was not made here, or was changed.',
      };
    case 'origin_refused':
      return { status: 403, message: 'Pages of this origin may not use this server.', headers: noRetry };
    case 'not_supported':
      return { status: 501, message: error.message, headers: noRetry };
    case 'overloaded':
      return {
        status: 503,
        message: error.message ?? 'The server is busy. Please try again later.',
        headers: { 'retry-after': String(error.retryAfterSeconds) },
      };
    case 'share_exceeded':
      return {
        status: 429,
        message: error.message,
        headers: { 'retry-after': String(error.retryAfterSeconds) },
      };
    case 'permission_denied':
      return { status: 403, message: error.message, headers: noRetry };
    case 'shutting_down':
      return {
        status: 503,
        message: 'The server is shutting down.',
        headers: { 'retry-after': '5', connection: 'close' },
      };
    case 'engine_unavailable':
      return { status: 503, message: error.message, headers: { 'retry-after': '30' } };
    case 'engine_failed':
      return { status: 500, message: 'Failed to generate speech' };
    case 'origin_unavailable':
      return { status: 502, message: 'Backend service unavailable' };
    case 'timeout':
      return error.stage === 'receive'
        ? { status: 408, message: 'The request did not arrive in time.' }
        : { status: 504, message: 'Request timeout', headers: noRetry };
    case 'client_gone':
      return { status: 499, message: 'Request cancelled' };
  }
}
