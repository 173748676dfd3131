import type { SpeechError } from '../speech/errors.ts';

/** What middleware leaves in Hono's context. */
export interface HttpEnv {
  Variables: {
    requestId: string;
    /** Set when the request failed: for the log line. */
    failure?: { readonly error: SpeechError; readonly cause: unknown };
  };
}
