import type { Clock } from '../core/ports.ts';

/**
 * How much of the audio that was sent is heard by now: what real time allows, until the client says itself how much it played. Times
 * are milliseconds; positions count from the first audio of the session.
 */
export class Playback {
  readonly #clock: Clock;
  #sentMs = 0;
  /** When the last of what was sent will have been played. */
  #until = 0;
  /** What was still to be played when it was held. */
  #heldMs: number | undefined;
  #playedMs: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** So much more audio is on its way to the client. */
  sent(ms: number): void {
    this.#sentMs += ms;
    if (this.#heldMs !== undefined) this.#heldMs += ms;
    else this.#until = Math.max(this.#until, this.#clock.now()) + ms;
  }

  get sentMs(): number {
    return this.#sentMs;
  }

  /** When what was sent will have been played, by the clock: what is made later than that is heard as a gap. */
  get deadline(): number {
    return this.#clock.now() + this.remainingMs;
  }

  /** Milliseconds that a client which plays without a break has still to play: one that says nothing any more holds nothing up. */
  get remainingMs(): number {
    return this.#heldMs ?? Math.max(0, this.#until - this.#clock.now());
  }

  /** What was heard, in milliseconds of all audio. */
  get positionMs(): number {
    return Math.min(this.#sentMs, this.#playedMs ?? this.#sentMs - this.remainingMs);
  }

  /** The client says that it has played so much of all audio. It cannot have played more than it was sent. */
  acknowledge(playedMs: number): void {
    this.#playedMs = Math.min(this.#sentMs, Math.max(this.#playedMs ?? 0, playedMs));
  }

  /** The client stands still from now on. */
  hold(): void {
    this.#heldMs ??= this.remainingMs;
  }

  resume(): void {
    if (this.#heldMs === undefined) return;
    this.#until = this.#clock.now() + this.#heldMs;
    this.#heldMs = undefined;
  }

  /** The client threw away what it has not played: the next audio follows what was heard. */
  drop(): void {
    this.#sentMs = this.positionMs;
    this.#heldMs = undefined;
    this.#until = 0;
  }
}
