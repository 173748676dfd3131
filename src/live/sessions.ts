import { SpeechFailure } from '../speech/errors.ts';
import type { FishLive } from './fish-live.ts';

type Session = Pick<FishLive<unknown>, 'message' | 'closed' | 'drain'>;

export interface SessionsOptions {
  readonly max: number;
  /** Milliseconds in which nothing is written and nothing is heard, after which a session ends. */
  readonly idleMs: number;
}

/** A client that finds no room may soon find some. */
const RETRY_SECONDS = 5;

/** The sessions that are open. */
export class Sessions {
  readonly idleMs: number;
  readonly #max: number;
  readonly #open = new Set<Session>();

  constructor({ max, idleMs }: SessionsOptions) {
    this.#max = max;
    this.idleMs = idleMs;
  }

  /** @throws SpeechFailure overloaded when there is no room for one more */
  check(): void {
    if (this.#open.size >= this.#max) {
      throw new SpeechFailure({ code: 'overloaded', retryAfterSeconds: RETRY_SECONDS });
    }
  }

  /** @param create makes a session that calls what it is given when it is over */
  add<Made extends Session>(create: (onOver: () => void) => Made): Made {
    const session = create(() => void this.#open.delete(session));
    this.#open.add(session);
    return session;
  }

  /** Each says what was written, and ends. */
  drain(): void {
    for (const session of this.#open) session.drain();
  }
}
