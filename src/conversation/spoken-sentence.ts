import type { SpeechError } from '../core/errors.ts';
import { timeSegment } from '../speech/captions/captions.ts';
import type { DeliveryProgress } from '../speech/delivery-progress.ts';
import { spreadWords, type TimedWord } from '../speech/words.ts';
import type { CutSentence } from './sentence-cutter.ts';

/** Characters a second of usual speech: for what is being said and not measured yet. */
const CHARACTERS_A_SECOND = 15;

/** One sentence of a reply: when it is heard, and which of its words by when. Times are milliseconds of the reply's audio. */
export class SpokenSentence {
  readonly index: number;
  /** As it was written, with the space before it. */
  readonly text: string;
  readonly pause: CutSentence['pause'];
  /** Set once its first audio was sent. */
  startMs: number | undefined;
  /** Of its audio, so far. */
  lengthMs = 0;
  #progress: DeliveryProgress | undefined;
  #isMade = false;
  /** All of it was sent. */
  isWhole = false;
  /** Why no more of it comes. */
  error: SpeechError | undefined;

  constructor(index: number, { text, pause }: CutSentence) {
    this.index = index;
    this.text = text;
    this.pause = pause;
  }

  /** Its audio is being made. */
  follow(progress: DeliveryProgress): void {
    this.#progress = progress;
    progress.onComplete(() => {
      this.#isMade = true;
    });
  }

  get progress(): DeliveryProgress | undefined {
    return this.#progress;
  }

  /** No more of it is sent. */
  get isOver(): boolean {
    return this.isWhole || this.error !== undefined;
  }

  /** Milliseconds of audio that there are of it, sent or not. */
  get madeMs(): number {
    return Math.max(this.lengthMs, (this.progress?.seconds ?? 0) * 1000);
  }

  /** Of its audio, what was not sent yet: as long as usual speech where it is still being made. */
  get leftMs(): number {
    if (this.isOver) return 0;
    const usualMs = this.#isMade ? 0 : (this.text.trim().length / CHARACTERS_A_SECOND) * 1000;
    return Math.max(this.madeMs, usualMs) - this.lengthMs;
  }

  /** What was heard of it `ms` after its beginning, cut at the word. */
  heardText(ms: number): string {
    if (ms <= 0) return '';
    if (this.isWhole && ms >= this.lengthMs) return this.text;
    const seconds = Math.min(ms, this.lengthMs) / 1000; // one that broke off was heard no further
    let end = 0;
    for (const { word, start, end: until } of this.#words()) {
      if ((start + until) / 2 > seconds) break;
      const at = this.text.indexOf(word, end);
      if (at >= 0) end = at + word.length;
    }
    return this.text.slice(0, end);
  }

  /** Its words with their times in seconds, measured where the voice tells of them. */
  #words(): readonly TimedWord[] {
    const { progress } = this;
    const segments = progress?.segments() ?? [];
    const known = segments.flatMap((segment) => timeSegment(segment, progress?.rate ?? 1).words);
    const from = segments.length === 0 ? 0 : (segments.at(-1)?.end ?? 0) / (progress?.rate ?? 1);
    let at = 0;
    for (const { word } of known) at = Math.max(at, this.text.indexOf(word, at) + word.length);
    const rest = this.text.slice(at);
    const usual = rest.trim().length / CHARACTERS_A_SECOND;
    const until = this.isWhole ? this.lengthMs / 1000 : Math.max(from + usual, this.lengthMs / 1000);
    return [...known, ...spreadWords(rest, from, Math.max(from, until))];
  }
}
