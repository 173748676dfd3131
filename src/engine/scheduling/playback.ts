import type { Clock } from '../../core/ports.ts';

/** When a listener has heard what it was handed, had it begun to listen with the first of it. */
export class Playback {
  readonly #clock: Pick<Clock, 'now'>;
  #until: number | undefined;

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock;
  }

  /** `ms` milliseconds more; who had heard all hears on from now. */
  hand(ms: number): void {
    const now = this.#clock.now();
    this.#until = Math.max(this.#until ?? now, now) + ms;
  }

  /** In the clock's milliseconds; now, where nothing was handed out. */
  get until(): number {
    return this.#until ?? this.#clock.now();
  }
}
