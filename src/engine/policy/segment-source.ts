import { cutLazily, type Segment, type SegmentOptions } from '../../speech/segment/segment.ts';
import { ClientGone } from '../../stream/cancel.ts';
import type { Turns } from '../../stream/turns.ts';

/** Of a text that has no segment: more of nothing makes no difference. */
const BLANK_CHARACTERS = 1000;
/** Steps in which a second segment is found if one is near. */
const SOON = 64;

/** The segments of a text, cut when they are asked for: the rest of a book is not looked at. There is at least one. */
export class SegmentSource {
  readonly #steps: Generator<Segment | undefined, void, void>;
  readonly #blank: string;
  readonly #turns: Turns | undefined;
  /** Cut already: at most two. */
  readonly #ready: Segment[] = [];
  #isFirst = true;
  #isOver = false;

  constructor(text: string, options: SegmentOptions, turns: Turns | undefined) {
    this.#steps = cutLazily(text, options);
    this.#blank = text.slice(0, BLANK_CHARACTERS);
    this.#turns = turns;
  }

  /** The next one, in order; undefined when there is no more. @throws ClientGone as soon as `signal` aborts */
  async next(signal: AbortSignal): Promise<Segment | undefined> {
    return this.#ready.shift() ?? this.#cut(signal);
  }

  /** Whether there is no more than one, as far as is seen soon. To be asked before any is taken. */
  async isOneOnly(signal: AbortSignal): Promise<boolean> {
    for (let steps = Number.POSITIVE_INFINITY; this.#ready.length < 2; steps = SOON) {
      const piece = await this.#cut(signal, steps);
      if (!piece) return this.#isOver;
      this.#ready.push(piece);
    }
    return false;
  }

  async #cut(signal: AbortSignal, steps: number = Number.POSITIVE_INFINITY): Promise<Segment | undefined> {
    for (let count = 0; count < steps; count++) {
      if (signal.aborted) throw new ClientGone(signal.reason);
      const step = () => this.#steps.next();
      const { done, value } = this.#turns ? await this.#turns.run(step) : step();
      if (done) this.#isOver = true;
      if (value || done) {
        const blank: Segment | undefined = this.#isFirst ? { text: this.#blank, pause: 'none' } : undefined;
        this.#isFirst = false;
        return value ?? blank;
      }
    }
    return undefined;
  }
}
