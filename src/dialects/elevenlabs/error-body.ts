import type { ErrorMeaning } from '../../core/dialect.ts';
import type { SpeechError } from '../../core/errors.ts';
import { FailureWithResponse, meaningOf } from '../../http/error-response.ts';

/** ElevenLabs' name for a failure (docs, errors): `code`, and `status` for clients from before it. */
function codeOf({ code, headers = {} }: ErrorMeaning): string {
  switch (code) {
    case 'invalid_value':
    case 'request_too_large':
    case 'unsupported_media_type':
      return 'invalid_parameters';
    case 'invalid_api_key':
      return 'www-authenticate' in headers ? 'missing_api_key' : 'invalid_api_key'; // asked for where none came
    case 'share_exceeded':
      return 'concurrent_limit_exceeded';
    case 'overloaded':
      return 'system_busy';
    case 'permission_denied':
    case 'origin_refused':
    case 'link_refused':
      return 'forbidden';
    case 'engine_unavailable':
    case 'origin_unavailable':
    case 'shutting_down':
      return 'service_unavailable';
    case 'engine_failed':
      return 'internal_error';
    default:
      return code;
  }
}

const types: Readonly<Record<number, string>> = {
  401: 'authentication_error',
  403: 'authorization_error',
  404: 'not_found',
  429: 'rate_limit_error',
  500: 'internal_error',
};

function typeOf(status: number): string {
  return types[status] ?? (status < 500 ? 'validation_error' : 'service_unavailable');
}

/** `{"detail":{…}}`; where there is no route or method, the string that its framework answers. */
export function errorBody(meaning: ErrorMeaning): object {
  const { code, status, message, param } = meaning;
  if (code === 'not_found' || code === 'method_not_allowed') return { detail: message };
  return detail(status, codeOf(meaning), message, param);
}

function detail(status: number, code: string, message: string, param: string | undefined): object {
  return { detail: { type: typeOf(status), code, message, status: code, param: param ?? null } };
}

const headers = {
  'content-type': 'application/json',
  'cache-control': 'no-store',
  'x-should-retry': 'false',
} as const;

/** A value that makes no sense, by ElevenLabs' name for that. */
export function refused(code: string, message: string, param: string, status = 400): FailureWithResponse {
  const body = JSON.stringify(detail(status, code, message, param));
  return new FailureWithResponse({ code: 'invalid_value', message, param }, { status, headers, body });
}

/** One member of a request that is not as the schema has it. */
export interface SchemaIssue {
  readonly loc: readonly (string | number)[];
  readonly msg: string;
  readonly type: string;
}

/** What does not fit the schema: 422 and a list, which the official clients throw as an error of its own. */
export function unprocessable(issues: readonly SchemaIssue[]): FailureWithResponse {
  const [first] = issues;
  const error = {
    code: 'invalid_value',
    message: first?.msg ?? 'Invalid request',
    param: undefined,
  } as const;
  return new FailureWithResponse(error, { status: 422, headers, body: JSON.stringify({ detail: issues }) });
}

/** RFC 6455, 7.4.1: what a client did, and what befell the server. */
const POLICY_VIOLATION = 1008;
const INTERNAL_ERROR = 1011;

/** The last message of a socket on which something failed; `code` is what the socket closes with. */
export interface SocketError {
  readonly message: string;
  readonly error: string;
  readonly code: number;
}

/** On its sockets ElevenLabs has other names for some failures than in its answers. */
export function socketError(error: SpeechError): SocketError {
  const meaning = meaningOf(error);
  const isIdle = error.code === 'timeout' && error.stage === 'receive';
  return {
    message: isIdle ? 'No text came within the timeout; send an empty text when done.' : meaning.message,
    error: isIdle ? 'input_timeout_exceeded' : socketCodeOf(meaning),
    code: meaning.status >= 500 ? INTERNAL_ERROR : POLICY_VIOLATION,
  };
}

function socketCodeOf(meaning: ErrorMeaning): string {
  const code = codeOf(meaning);
  if (code === 'voice_not_found') return 'voice_id_does_not_exist';
  if (code === 'missing_api_key') return 'authentication_required';
  return code === 'invalid_parameters' ? 'invalid_input_message' : code;
}
