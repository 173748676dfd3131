import type { CutSentence } from './sentence-cutter.ts';

/** Sentences that wait to be spoken: as many as a reply may have. One reader at a time. */
export class SentenceQueue {
  readonly #waiting: CutSentence[] = [];
  #isEnded = false;
  #wake: (() => void) | undefined;

  push(sentences: readonly CutSentence[]): void {
    if (this.#isEnded) return;
    this.#waiting.push(...sentences);
    this.#wake?.();
  }

  /** Nothing more comes. */
  end(): void {
    this.#isEnded = true;
    this.#wake?.();
  }

  /** Undefined at the end. */
  async next(): Promise<CutSentence | undefined> {
    while (this.#waiting.length === 0 && !this.#isEnded) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#waiting.shift();
  }
}
