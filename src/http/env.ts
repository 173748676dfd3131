import type { SpeechError } from '../speech/errors.ts';

/** What middleware leaves in Hono's context. */
export interface HttpEnv {
  Variables: {
    requestId: string;
    /** Settles at the end of a body that the runtime moves by itself. */
    relayed?: Promise<void> | undefined;
    /** Set when the request failed: for the log line. */
    failure?: { readonly error: SpeechError; readonly cause: unknown };
  };
}
