import { cutLazily, type Segment, type SegmentOptions } from '../../speech/segment.ts';
import { ClientGone } from '../../stream/cancel.ts';
import type { Turns } from '../../stream/turns.ts';

/** Of a text that has no segment: more of nothing makes no difference. */
const BLANK_CHARACTERS = 1000;

/** The segments of a text, cut when they are asked for: the rest of a book is not looked at. There is at least one. */
export class SegmentSource {
  readonly #steps: Generator<Segment | undefined, void, void>;
  readonly #blank: string;
  readonly #turns: Turns | undefined;
  /** Cut already: at most two. */
  readonly #ready: Segment[] = [];
  #isFirst = true;

  constructor(text: string, options: SegmentOptions, turns: Turns | undefined) {
    this.#steps = cutLazily(text, options);
    this.#blank = text.slice(0, BLANK_CHARACTERS);
    this.#turns = turns;
  }

  /** The next one, in order; undefined when there is no more. @throws ClientGone as soon as `signal` aborts */
  async next(signal: AbortSignal): Promise<Segment | undefined> {
    return this.#ready.shift() ?? this.#cut(signal);
  }

  /** Whether there is more than one. To be asked before any is taken. */
  async isOneOnly(signal: AbortSignal): Promise<boolean> {
    for (let count = 0; count < 2; count++) {
      const piece = await this.#cut(signal);
      if (piece) this.#ready.push(piece);
    }
    return this.#ready.length < 2;
  }

  async #cut(signal: AbortSignal): Promise<Segment | undefined> {
    for (;;) {
      if (signal.aborted) throw new ClientGone(signal.reason);
      const step = () => this.#steps.next();
      const { done, value } = this.#turns ? await this.#turns.run(step) : step();
      if (value || done) {
        const blank: Segment | undefined = this.#isFirst ? { text: this.#blank, pause: 'none' } : undefined;
        this.#isFirst = false;
        return value ?? blank;
      }
    }
  }
}
