import type { SpeechError } from '../speech/errors.ts';

/** The dialects' error bodies. Success looks the same everywhere. */
export type Dialect = 'fish' | 'openai' | 'query';

export interface Face {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Meaning {
  readonly status: number;
  readonly message: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly param?: string | undefined;
}

/** Deterministic failures carry this so that OpenAI's clients do not repeat them. */
const noRetry = { 'x-should-retry': 'false' };

/** An error as the client of a dialect expects it. No upstream text, address or stack ever gets here. */
export function faceOf(
  error: SpeechError,
  dialect: Dialect | { errorBody(error: SpeechError): object },
): Face {
  const meaning = meaningOf(error);
  const body = typeof dialect === 'string' ? bodyOf(error, meaning, dialect) : dialect.errorBody(error);
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-store', ...meaning.headers };
  return { status: meaning.status, headers, body: JSON.stringify(body) };
}

/** The members of a Fish error body, for routes that add their own. */
export function fishMembers(error: SpeechError): object {
  return fishBody(meaningOf(error));
}

function bodyOf(error: SpeechError, meaning: Meaning, dialect: Dialect): object {
  if (dialect === 'query') return { error: meaning.message };
  return dialect === 'fish' ? fishBody(meaning) : openaiBody(error, meaning);
}

export function meaningOf(error: SpeechError): Meaning {
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

/** Fish-Speech, Fish-Speech-Go and Fish Audio each read another member (protocols 2.1): all are there. */
function fishBody({ status, message }: Meaning): object {
  return { statusCode: status, status, message, error: phrases[status] ?? 'Error', detail: message };
}

function openaiBody(error: SpeechError, { status, message, param }: Meaning): object {
  const code = error.code === 'timeout' && status === 408 ? 'request_timeout' : error.code;
  const field = param === 'text' ? 'input' : (param ?? null); // the engines know the text by one name
  return { error: { message, type: openaiType(status), param: field, code } };
}

function openaiType(status: number): string {
  if (status === 503) return 'overloaded_error';
  return status >= 500 ? 'api_error' : 'invalid_request_error';
}

/** RFC 9110 reason phrases. */
const phrases: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  426: 'Upgrade Required',
  429: 'Too Many Requests',
  499: 'Client Closed Request',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};
