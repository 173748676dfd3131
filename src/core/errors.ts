/** Everything that can go wrong with a request, in one union. `http` writes each in the shape of its dialect. */
export type SpeechError =
  | {
      readonly code: 'invalid_value';
      readonly message: string;
      readonly param?: string | undefined;
      /** Nobody knows it to be wrong: one engine could not speak it, and another one may. */
      readonly suspected?: boolean | undefined;
    }
  | { readonly code: 'invalid_api_key'; readonly missing: boolean }
  | { readonly code: 'voice_not_found'; readonly voice: string }
  | { readonly code: 'model_not_found'; readonly model: string }
  | { readonly code: 'not_found' }
  | { readonly code: 'method_not_allowed'; readonly allow: string }
  | { readonly code: 'upgrade_required' }
  | { readonly code: 'request_too_large'; readonly message: string }
  | { readonly code: 'unsupported_media_type'; readonly accept: string }
  | { readonly code: 'reference_exists'; readonly id: string }
  | { readonly code: 'reference_not_found'; readonly id: string }
  | {
      readonly code: 'rate_limit_exceeded';
      readonly retryAfterMs: number;
      readonly what: 'requests' | 'characters';
    }
  | { readonly code: 'link_refused'; readonly over: boolean }
  /** A web page that may not use this server. */
  | { readonly code: 'origin_refused' }
  | { readonly code: 'not_supported'; readonly message: string }
  | { readonly code: 'overloaded'; readonly retryAfterSeconds: number; readonly message?: string }
  | { readonly code: 'share_exceeded'; readonly retryAfterSeconds: number; readonly message: string }
  | { readonly code: 'permission_denied'; readonly message: string }
  | { readonly code: 'shutting_down' }
  | { readonly code: 'engine_unavailable'; readonly message: string }
  | { readonly code: 'engine_failed' }
  | { readonly code: 'origin_unavailable' }
  | {
      readonly code: 'timeout';
      readonly stage: 'receive' | 'queue' | 'first-audio' | 'first-token' | 'idle' | 'total';
    }
  | { readonly code: 'client_gone' };

/** What V8 and JavaScriptCore let a program change. */
const traces: { stackTraceLimit?: number | undefined } & object = Error;

/**
 * The one exception the app throws on purpose. `cause` is for the log; it never reaches a client. There is no
 * stack: nobody is told of one, and to note it takes a tenth of the time of a refusal.
 */
export class SpeechFailure extends Error {
  readonly error: SpeechError;
  constructor(error: SpeechError, cause?: unknown) {
    const limit = traces.stackTraceLimit;
    traces.stackTraceLimit = 0;
    super(('message' in error && error.message) || error.code, cause === undefined ? undefined : { cause });
    traces.stackTraceLimit = limit;
    this.name = 'SpeechFailure';
    this.error = error;
  }
}

export function invalid(message: string, param?: string): SpeechFailure {
  return new SpeechFailure({ code: 'invalid_value', message, param });
}

/** The engine knows no sound for any of a text, for example a word in a script that the voice cannot read. */
export function isUnspeakable(error: unknown): boolean {
  if (!(error instanceof SpeechFailure) || error.error.code !== 'invalid_value') return false;
  return error.error.param === 'text' && !error.error.suspected;
}

/** An engine could not speak a request, which may be the request's own fault or not. */
export function isSuspected(error: unknown): boolean {
  return (
    error instanceof SpeechFailure && error.error.code === 'invalid_value' && error.error.suspected === true
  );
}
