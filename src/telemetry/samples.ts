import type { EngineLoad } from '../core/engine.ts';

/** A client may send any other word: it is counted as one of those. */
export const knownMethods: ReadonlySet<string> = new Set([
  ...['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
]);

/** A request whose answer has ended. Nothing here is a client's own word: all values are bounded. */
export interface EndedRequest {
  /** The pattern of its route; `unmatched` where there is none. */
  readonly route: string;
  readonly method: string;
  readonly dialect: string;
  /** 499 for a client that left. */
  readonly status: number;
  readonly outcome: 'finished' | 'cancelled' | 'error';
  readonly durationMs: number;
  /** The code of what it was refused with. */
  readonly code?: string | undefined;
  readonly speech?: EndedSpeech | undefined;
}

/** A speech that has its first audio. */
export interface BegunSpeech {
  readonly engine: string;
  readonly cache: string;
  readonly firstAudioMs: number;
  readonly queueMs: number | undefined;
  /** What this server itself took until the first audio; undefined where nobody can tell it from what others took. */
  readonly overheadMs: number | undefined;
  readonly characters: number;
}

export interface EndedSpeech extends Pick<BegunSpeech, 'engine' | 'cache' | 'firstAudioMs' | 'queueMs'> {
  readonly audioSeconds: number;
  /** From being asked for to its end. */
  readonly tookMs: number;
}

/** What is so at the moment when it is asked for. */
export interface Gauges {
  /** Requests whose answer has not ended. */
  readonly active: () => number;
  /** Answers with speech that are being made or sent. */
  readonly streams: () => number;
  readonly sockets: () => number;
  readonly load: () => EngineLoad | undefined;
  readonly customVoices: () => Promise<number>;
}
