import type { Clock } from '../core/ports.ts';

/** Work that nobody notices: an answer that waits for it is a few milliseconds late. */
const TURN_MS = 8;
/** What it costs to read a request, and again what it costs to begin its speech: a thousand may come at once. */
const REQUEST_MS = 0.5;
/** A crowd that is heard out: five hundred requests, as each asks to be read and to begin its speech. */
const MAX_CROWD = 1000;
/** Turns in which no more come and those that came are not done: beyond, others have kept the loop busy all the time. */
const MAX_QUIET_TURNS = 32;

/**
 * Shares the event loop among whatever works on it for long: cutting text, encoding, handing speech to a thousand listeners.
 * Each does its work in small pieces through `run`. When the pieces of all have taken 8 ms the next ones wait for a turn of
 * the loop, in which sockets and timers have theirs; those that waited go on in their order, 8 ms of them a turn.
 *
 * On Workers the clock stands still while code runs: there only work waits that says what it takes at least, and the runtime
 * bounds the time of a request.
 */
export class Turns {
  readonly #clock: Clock;
  #spent = 0;
  /** Requests that have asked to begin. */
  #asked = 0;
  /** Pieces of work, and requests, that wait for their turn. */
  #waiting = 0;
  /** Counts the turns. */
  #round = 0;
  /** When a request began and asked for the end of this turn. Since then the loop did nothing but work, whatever that counted for. */
  #began: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * @param work what takes a few milliseconds at most
   * @param leastMs what it counts for where the clock stands still
   */
  async run<T>(work: () => T, leastMs = 0): Promise<T> {
    this.#waiting += 1;
    while (!this.isFree) await this.#turn();
    this.#waiting -= 1;
    return this.now(work, leastMs);
  }

  /**
   * Waits where others have worked for long, and counts for as much as it takes to answer a request. Where nobody works a
   * request never waits, however many came before it: what they counted for ends with their turn.
   */
  async begin(): Promise<void> {
    this.#asked += 1;
    this.#waiting += 1;
    while (!this.isFree) await this.#turn();
    this.#waiting -= 1;
    this.#spent += REQUEST_MS;
    if (this.#began !== undefined) return;
    this.#began = this.#clock.now();
    this.#clock.alarm(0, () => this.#next());
  }

  /**
   * Waits until no more requests come: a turn of the loop, or of a crowd all the turns that it takes to hear it out. For work
   * that would take the processor from those who are still to be told that there is no room for them.
   */
  async lull(): Promise<void> {
    const last = this.#asked + MAX_CROWD;
    for (let quiet = 0; quiet < MAX_QUIET_TURNS && this.#asked < last; ) {
      const asked = this.#asked;
      await new Promise<void>((resolve) => void this.#clock.alarm(0, resolve));
      quiet = asked === this.#asked ? quiet + 1 : 0;
      if (quiet > 0 && this.#waiting === 0) return;
    }
  }

  /** Whether work may begin at once. */
  get isFree(): boolean {
    const lasted = this.#began === undefined ? 0 : this.#clock.now() - this.#began;
    return this.#spent < TURN_MS && lasted < TURN_MS;
  }

  /** Counts work that cannot wait. */
  now<T>(work: () => T, leastMs = 0): T {
    const started = this.#clock.now();
    try {
      return work();
    } finally {
      this.#spent += Math.max(leastMs, this.#clock.now() - started);
    }
  }

  #next(): void {
    this.#spent = 0;
    this.#round += 1;
    this.#began = undefined;
  }

  /** Each has a timer of its own: on Workers a timer ends with the request that set it. */
  async #turn(): Promise<void> {
    const round = this.#round;
    await new Promise<void>((resolve) => void this.#clock.alarm(0, resolve));
    if (round === this.#round) this.#next(); // the first of those who waited
  }
}

/** Bytes of PCM that are worked on at once: encoding them takes a few milliseconds. A multiple of every frame size. */
const SLICE_BYTES = 32 * 1024;

/** What `work` makes of `chunk`, slice by slice, in turns with others. */
export async function* inTurns(
  turns: Turns | undefined,
  chunk: Uint8Array,
  work: (slice: Uint8Array) => Uint8Array,
): AsyncGenerator<Uint8Array, void, void> {
  for (let at = 0; at < chunk.length; at += SLICE_BYTES) {
    const slice = chunk.length > SLICE_BYTES ? chunk.subarray(at, at + SLICE_BYTES) : chunk;
    yield turns ? await turns.run(() => work(slice)) : work(slice);
  }
}

/** Who is woken at once writes to its socket at once: so many take a few milliseconds. */
const GROUP = 32;

/** Calls `each` for all of `items`, the first of them at once, with a turn of the loop after every group. */
export async function inGroups<Item>(
  items: readonly Item[],
  clock: Clock | undefined,
  each: (item: Item) => void,
): Promise<void> {
  for (let at = 0; at < items.length; at += GROUP) {
    if (at > 0 && clock) await new Promise<void>((resolve) => void clock.alarm(0, resolve));
    for (const item of items.slice(at, at + GROUP)) each(item);
  }
}

const kept = new WeakMap<Clock, Turns>();

/** The turns of all that runs by one clock: of a process, that is. */
export function turnsOf(clock: Clock): Turns {
  const found = kept.get(clock) ?? new Turns(clock);
  kept.set(clock, found);
  return found;
}
