import type { ClientShares, Release } from '../speech/client-shares.ts';
import type { FishLive } from './fish-live.ts';

type Session = Pick<FishLive<unknown>, 'message' | 'closed' | 'drain'>;

export interface SessionsOptions {
  /** Counts the sockets of each client. */
  readonly shares: ClientShares;
  /** Milliseconds in which nothing is written and nothing is heard, after which a session ends. */
  readonly idleMs: number;
}

/** The sessions that are open. */
export class Sessions {
  readonly idleMs: number;
  readonly #shares: ClientShares;
  readonly #open = new Set<Session>();

  constructor({ shares, idleMs }: SessionsOptions) {
    this.#shares = shares;
    this.idleMs = idleMs;
  }

  /**
   * Takes a place for a session that is about to open: handshakes that run at the same time share no place.
   * @throws SpeechFailure when there is no room for one more, or `client` has its share
   */
  reserve(client: string): Release {
    return this.#shares.acquire(client);
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
