import type { SpeechError } from '../speech/errors.ts';

/** What middleware leaves in Hono's context. */
export interface HttpEnv {
  /** The socket's address, from the adapter. */
  Bindings: { readonly peer?: string | undefined };
  Variables: {
    requestId: string;
    /** The client's address: the socket's, or what a trusted proxy says. */
    address: string;
    /** Who asks: the name of the key, else the address. */
    client: string;
    /** Settles at the end of a body that the runtime moves by itself. */
    relayed?: Promise<void> | undefined;
    /** Set when the request failed: for the log line. */
    failure?: { readonly error: SpeechError; readonly cause: unknown };
  };
}
