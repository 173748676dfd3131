import type { CutSentence } from './sentence-cutter.ts';
import { SpokenSentence } from './spoken-sentence.ts';

/** The sentences of one reply, in the order in which they are said. Times are milliseconds of the reply's audio. */
export class SpokenSentences {
  readonly #all: SpokenSentence[] = [];

  add(cut: CutSentence): SpokenSentence {
    const sentence = new SpokenSentence(this.#all.length, cut);
    this.#all.push(sentence);
    return sentence;
  }

  /** There is audio of one of them, sent or about to be. */
  get areVoiced(): boolean {
    return this.#all.some(({ progress }) => progress !== undefined);
  }

  /** The last one of which audio was sent. */
  get lastSent(): SpokenSentence | undefined {
    return this.#all.findLast(({ startMs }) => startMs !== undefined);
  }

  /** Audio that is heard before what is still to be made of `sentence`, and was not sent yet. */
  unsentMs(sentence: SpokenSentence): number {
    let unsentMs = sentence.madeMs - sentence.lengthMs;
    for (let at = sentence.index - 1; at >= 0; at--) {
      const before = this.#all[at];
      if (!before || before.isOver) break; // so are those before it
      unsentMs += before.leftMs;
    }
    return unsentMs;
  }

  /** What was heard by `ms`, cut at the word. Sentences that failed are not in it. */
  heardText(ms: number): string {
    return this.#all
      .map((sentence) => (sentence.startMs === undefined ? '' : sentence.heardText(ms - sentence.startMs)))
      .join('')
      .trim();
  }
}
