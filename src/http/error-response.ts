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

type Answer = Omit<ErrorMeaning, 'code'>;

const answers: {
  readonly [Code in SpeechError['code']]: (error: Extract<SpeechError, { code: Code }>) => Answer;
} = {
  invalid_value: (error) => ({ status: 400, message: error.message, param: error.param, headers: noRetry }),
  invalid_api_key: (error) => ({
    status: 401,
    message: 'Invalid token',
    headers: error.missing ? { 'www-authenticate': 'Bearer' } : {},
  }),
  voice_not_found: (error) => ({
    status: 404,
    message: `The voice '${error.voice.slice(0, 64)}' does not exist.`,
    param: 'voice',
  }),
  model_not_found: (error) => ({
    status: 404,
    message: `The model '${error.model.slice(0, 64)}' does not exist.`,
    param: 'model',
  }),
  not_found: () => ({ status: 404, message: 'Not Found' }),
  method_not_allowed: (error) => ({
    status: 405,
    message: 'Method Not Allowed',
    headers: { allow: error.allow },
  }),
  // RFC 9110, 15.5.22
  upgrade_required: () => ({
    status: 426,
    message: 'This address is a WebSocket.',
    headers: { upgrade: 'websocket', connection: 'upgrade' },
  }),
  request_too_large: (error) => ({ status: 413, message: error.message }),
  unsupported_media_type: (error) => ({
    status: 415,
    message: 'Unsupported content type',
    headers: { accept: error.accept },
  }),
  reference_exists: (error) => ({
    status: 409,
    message: `Reference ID '${error.id.slice(0, 64)}' already exists`,
  }),
  reference_not_found: (error) => ({
    status: 404,
    message: `Reference ID '${error.id.slice(0, 64)}' not found`,
  }),
  rate_limit_exceeded: (error) => ({
    status: 429,
    message: `Too many ${error.what}. Please try again later.`,
    headers: {
      'retry-after': String(Math.min(60, Math.max(1, Math.ceil(error.retryAfterMs / 1000)))),
      'retry-after-ms': String(Math.min(59_999, Math.ceil(error.retryAfterMs))), // clients believe no wait of a minute
    },
  }),
  link_refused: (error) => ({
    status: 403,
    message: error.over ? 'This address is over.' : 'This address was not made here, or was changed.',
  }),
  origin_refused: () => ({
    status: 403,
    message: 'Pages of this origin may not use this server.',
    headers: noRetry,
  }),
  not_supported: (error) => ({ status: 501, message: error.message, headers: noRetry }),
  overloaded: (error) => ({
    status: 503,
    message: error.message ?? 'The server is busy. Please try again later.',
    headers: { 'retry-after': String(error.retryAfterSeconds) },
  }),
  share_exceeded: (error) => ({
    status: 429,
    message: error.message,
    headers: { 'retry-after': String(error.retryAfterSeconds) },
  }),
  permission_denied: (error) => ({ status: 403, message: error.message, headers: noRetry }),
  shutting_down: () => ({
    status: 503,
    message: 'The server is shutting down.',
    headers: { 'retry-after': '5', connection: 'close' },
  }),
  engine_unavailable: (error) => ({ status: 503, message: error.message, headers: { 'retry-after': '30' } }),
  engine_failed: () => ({ status: 500, message: 'Failed to generate speech' }),
  origin_unavailable: () => ({ status: 502, message: 'Backend service unavailable' }),
  timeout: (error) =>
    error.stage === 'receive'
      ? { status: 408, message: 'The request did not arrive in time.' }
      : { status: 504, message: 'Request timeout', headers: noRetry },
  client_gone: () => ({ status: 499, message: 'Request cancelled' }),
};

function answerTo(error: SpeechError): Answer {
  const answer = answers[error.code] as (error: SpeechError) => Answer; // each code has that of its own kind
  return answer(error);
}
