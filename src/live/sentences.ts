import { segment } from '../speech/segment.ts';
import { findWholeSpans } from '../speech/segment-marks.ts';
import { findSentences } from '../speech/segment-sentences.ts';
import { isSpeakable } from '../speech/speakable.ts';

export interface SentencesOptions {
  /** Code units that make a part worth speaking while another is still being spoken. */
  readonly partLength: number;
  /** Most code units of a part. */
  readonly maxPart: number;
  /** Most code units that may wait to be spoken. */
  readonly maxWaiting: number;
}

/** More text waits to be spoken than may. */
export class TooMuchText extends Error {
  constructor(limit: number) {
    super(`More than ${limit} characters wait to be spoken.`);
    this.name = 'TooMuchText';
  }
}

/**
 * Text that is still being written, cut into parts that can be spoken: whole sentences. When nothing else is to be said a
 * part is one sentence, so that it is heard soon; else it is as long as `partLength`, which sounds better.
 *
 * One reader at a time: `next` resolves with the next part, or undefined at the end.
 */
export class Sentences {
  readonly #options: SentencesOptions;
  readonly #parts: string[] = [];
  #buffer = '';
  #ended = false;
  /** The reader that waits. */
  #waiting: ((part: string | undefined) => void) | undefined;

  constructor(options: SentencesOptions) {
    this.#options = options;
  }

  /** Nothing is left to be spoken. */
  get isEmpty(): boolean {
    return this.#parts.length === 0 && this.#buffer.trim() === '';
  }

  /** @throws TooMuchText and keeps none of it */
  push(text: string): void {
    if (this.#ended) return;
    let length = this.#buffer.length + text.length;
    for (const part of this.#parts) length += part.length;
    if (length > this.#options.maxWaiting) throw new TooMuchText(this.#options.maxWaiting);
    this.#buffer += text;
    this.#cut();
    this.#hand();
  }

  /** What was written so far is spoken now, sentence or not. */
  flush(): void {
    this.#release(this.#buffer.length);
    this.#hand();
  }

  /** Nothing more will be written: what was is spoken. */
  end(): void {
    this.flush();
    this.#ended = true;
    this.#hand();
  }

  /** Nobody listens any more. */
  drop(): void {
    this.#ended = true;
    this.#buffer = '';
    this.#parts.length = 0;
    this.#hand();
  }

  next(): Promise<string | undefined> {
    return new Promise((resolve) => {
      this.#waiting = resolve;
      this.#cut();
      this.#hand();
    });
  }

  #hand(): void {
    if (!this.#waiting || (this.#parts.length === 0 && !this.#ended)) return;
    const give = this.#waiting;
    this.#waiting = undefined;
    give(this.#parts.shift());
  }

  /** All whole sentences of the buffer: its last one may go on. */
  #cut(): void {
    const isAwaited = this.#waiting !== undefined && this.#parts.length === 0;
    if (!isAwaited && this.#buffer.length < this.#options.partLength) return;
    this.#release(startOfLast(this.#buffer));
  }

  /** Text without a letter or a digit waits for some. */
  #release(length: number): void {
    const part = this.#buffer.slice(0, length);
    if (!isSpeakable(part)) return;
    this.#buffer = this.#buffer.slice(length);
    this.#parts.push(...inParts(part.trim(), this.#options.maxPart));
  }
}

/** Longer than most sentences: one that goes on is cut as any text is. */
const LONG_SENTENCE = 500;

/** Where the last sentence begins, which may not be whole yet. */
function startOfLast(text: string): number {
  const start = findSentences({ text, language: 'en', isInside: findWholeSpans(text) }).at(-1)?.start ?? 0;
  if (text.length - start < LONG_SENTENCE) return start;
  const last = segment(text, { firstMaxWords: Number.POSITIVE_INFINITY }).at(-1)?.text ?? '';
  return Math.max(start, text.lastIndexOf(last));
}

/** `text`, cut where it may be, into parts that are as long as they may be. */
function* inParts(text: string, maxLength: number): Generator<string, void, void> {
  let [start, end] = [0, 0];
  for (const { text: piece } of text.length > maxLength ? segment(text, { maxCharacters: maxLength }) : []) {
    const at = text.indexOf(piece, end);
    if (at + piece.length - start > maxLength && end > start) {
      yield text.slice(start, end);
      start = at;
    }
    end = at + piece.length;
  }
  yield text.slice(start);
}
