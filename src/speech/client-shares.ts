import { SpeechFailure } from '../core/errors.ts';

/** A bound that clients share. */
export interface ShareRule {
  /** How many there are in all. */
  readonly max: number;
  /** 1..100: how much of `max` a client may hold that is alone. Each other client that holds some makes it less; 100 is no share. */
  readonly percent: number;
}

/**
 * Whether a client that holds `held` may have one more while `total` are held by all. It may hold as many as are free (at 50
 * percent; others in proportion), a dynamic threshold as in Choudhury and Hahne (1998): one client takes half, two take two
 * thirds together, and however many come, something is left for the next.
 */
export function mayHoldMore({ max, percent }: ShareRule, held: number, total: number): boolean {
  return held * (100 - percent) < (max - total) * percent;
}

/** Gives back what was acquired; more than once does nothing. */
export type Release = () => void;

export interface ClientSharesOptions {
  /** Looked at whenever somebody asks: it may become another. */
  readonly rule: ShareRule;
  /** What is shared, in a message: `sockets`. */
  readonly what: string;
  /**
   * Milliseconds after which it counts as given back: where a request can end without a word (on Workers), its share must
   * not be lost for ever. Unset: never.
   */
  readonly forgetMs?: number | undefined;
}

/** A client that finds no room may soon find some. */
const RETRY_SECONDS = 5;

interface Held {
  readonly client: string;
  readonly since: number;
}

/** Counts what each client holds of something of which there is only so much. */
export class ClientShares {
  readonly #options: ClientSharesOptions;
  readonly #now: () => number;
  /** In the order in which they were acquired. */
  readonly #held = new Set<Held>();
  /** Has no client that holds nothing: never more entries than `max`. */
  readonly #counts = new Map<string, number>();

  /** @param now monotonic milliseconds */
  constructor(options: ClientSharesOptions, now: () => number) {
    this.#options = options;
    this.#now = now;
  }

  get total(): number {
    return this.#held.size;
  }

  heldBy(client: string): number {
    return this.#counts.get(client) ?? 0;
  }

  /**
   * @param client `key:` and a name, or an address; it is never shown
   * @throws SpeechFailure `overloaded` where all are taken, `share_exceeded` where this client has its share
   */
  acquire(client: string): Release {
    this.#forget();
    const { rule, what } = this.#options;
    const { max } = rule;
    if (this.total >= max) {
      const message = `All ${max} ${what} of this server are taken. Please try again later.`;
      throw new SpeechFailure({ code: 'overloaded', retryAfterSeconds: RETRY_SECONDS, message });
    }
    const count = this.heldBy(client);
    if (!mayHoldMore(rule, count, this.total)) {
      const who = client.startsWith('key:') ? 'key' : 'address';
      const message = `This ${who} holds its share of ${count} ${what}. Please try again later.`;
      throw new SpeechFailure({ code: 'share_exceeded', retryAfterSeconds: RETRY_SECONDS, message });
    }
    const held = { client, since: this.#now() };
    this.#held.add(held);
    this.#counts.set(client, count + 1);
    return () => this.#release(held);
  }

  #release(held: Held): void {
    if (!this.#held.delete(held)) return;
    const left = this.heldBy(held.client) - 1;
    if (left > 0) this.#counts.set(held.client, left);
    else this.#counts.delete(held.client);
  }

  #forget(): void {
    const { forgetMs } = this.#options;
    if (forgetMs === undefined) return;
    for (const held of this.#held) {
      if (this.#now() - held.since < forgetMs) return;
      this.#release(held);
    }
  }
}
