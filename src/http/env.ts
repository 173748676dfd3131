import type { OpenPath } from '../core/dialect.ts';
import type { SpeechError } from '../core/errors.ts';
import type { StreamOutcome } from '../core/ports.ts';
import type { RequestSpan, TraceSpan } from '../core/trace.ts';
import type { OpenedSecret } from '../services/client-secrets.ts';
import type { NamedKey } from '../services/keys.ts';
import type { Release } from '../speech/client-shares.ts';

/** For the log and the counts of a speech. */
export interface SpokenAnswer {
  readonly engine: string;
  readonly cache: string;
  readonly firstAudioMs: number;
  readonly queueMs: number | undefined;
  /** When it was asked for, by the clock. */
  readonly began: number;
  /** Seconds of audio that went out so far. */
  readonly seconds: () => number;
  /** From its first audio on; absent where nobody looks at traces. */
  readonly encoding: TraceSpan | undefined;
}

/** What middleware leaves in Hono's context. */
export interface HttpEnv {
  Bindings: {
    /** The socket's address, from the adapter. */
    readonly peer?: string | undefined;
    /** When the runtime handed it over, by the clock. */
    readonly came?: number;
  };
  Variables: {
    requestId: string;
    /** Why it needs no key; undefined where it needs one. */
    openPath?: OpenPath | undefined;
    /** The client's address: the socket's, or what a trusted proxy says. */
    address: string;
    /** The client is on this machine, and nothing speaks for somebody else. */
    isLocal: boolean;
    /** `https` or `http` as a trusted proxy says. */
    forwardedProto?: string | undefined;
    /** Who asks: the address as limits count it or, once its key is known, `key:` and its name. */
    client: string;
    /** The key that was sent, where one is asked for. */
    key?: NamedKey | undefined;
    /** By which it was let in, in the place of a key. */
    clientSecret?: OpenedSecret | undefined;
    /**
     * Settles when the request has been counted against the client's limit; absent when it has been. Rejects with
     * SpeechFailure rate_limit_exceeded.
     */
    counting?: Promise<void> | undefined;
    /** Counts characters of text against the client's limit. @throws SpeechFailure rate_limit_exceeded */
    charge: (characters: number) => Promise<void>;
    /**
     * The client asks for one more thing over its socket: its key must still hold, and it counts as a request.
     * @throws SpeechFailure invalid_api_key, rate_limit_exceeded
     */
    again: () => Promise<void>;
    /** What the limits say, for the answer. */
    limitHeaders?: Readonly<Record<string, string>>;
    /** Settles at the end of a body that the runtime moves by itself. */
    relayed?: Promise<StreamOutcome> | undefined;
    /** The connection became a socket: `relayed` settles at its end. */
    switched?: boolean;
    /** Gives back the client's place among the answers that are being sent: called when this one has ended. */
    leave?: Release | undefined;
    /** What is spoken in answer to it; of a socket, nothing: it speaks more than once. */
    spoken?: SpokenAnswer | undefined;
    /** Its own in a trace; absent where nobody looks at traces. */
    span?: RequestSpan | undefined;
    /** Set when the request failed: for the log line. */
    failure?: { readonly error: SpeechError; readonly cause: unknown };
  };
}
