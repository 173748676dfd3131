import type { ClientShares, Release } from '../speech/client-shares.ts';
import type { FishLive } from './fish-live.ts';

export type Session = Pick<FishLive<unknown>, 'drain' | 'giveWay' | 'restsSince'>;

export interface SessionsOptions {
  /** Counts the sockets of each client. */
  readonly shares: ClientShares;
  /** Milliseconds in which nothing is written and nothing is heard, after which a session ends. */
  readonly idleMs: number;
}

/** The sessions that are open. */
export class Sessions {
  readonly #options: SessionsOptions;
  /** Each with its client. */
  readonly #open = new Map<Session, string>();

  constructor(options: SessionsOptions) {
    this.#options = options;
  }

  get idleMs(): number {
    return this.#options.idleMs;
  }

  get #shares(): ClientShares {
    return this.#options.shares;
  }

  /** How many are open. */
  get size(): number {
    return this.#open.size;
  }

  /**
   * Takes a place for a session that is about to open: handshakes that run at the same time share no place. Where there is
   * none, one that rests makes room: some clients never close theirs.
   * @throws SpeechFailure when there is no room for one more, or `client` has its share
   */
  reserve(client: string): Release {
    try {
      return this.#shares.acquire(client);
    } catch (error) {
      if (!this.#makeRoom(client)) throw error;
      return this.#shares.acquire(client);
    }
  }

  /** @param create makes a session that calls what it is given when it is over */
  add<Made extends Session>(client: string, create: (onOver: () => void) => Made): Made {
    const session = create(() => void this.#open.delete(session));
    this.#open.set(session, client);
    return session;
  }

  /** Each says what was written, and ends. */
  drain(): void {
    for (const session of this.#open.keys()) session.drain();
  }

  /** Ends the client's own session that rests longest; anybody's for a client that has none yet. */
  #makeRoom(client: string): boolean {
    const isNew = this.#shares.heldBy(client) === 0;
    let longest: Session | undefined;
    for (const [session, owner] of this.#open) {
      if (session.restsSince === undefined || (!isNew && owner !== client)) continue;
      if (session.restsSince < (longest?.restsSince ?? Number.POSITIVE_INFINITY)) longest = session;
    }
    return longest?.giveWay() ?? false;
  }
}
