import { cutLazily } from '../speech/segment/segment.ts';
import { findWholeSpans, nextBoundary } from '../speech/segment/sentences.ts';
import { chooseCut } from '../speech/segment/shorten.ts';
import { isSpeakable } from '../speech/speakable.ts';

export interface SentencesOptions {
  /** Code units that make a part worth speaking while another is still being spoken. */
  readonly partLength: number;
  /** Most code units of a part. */
  readonly maxPart: number;
  /** Most code units that may wait to be spoken. */
  readonly maxWaiting: number;
  /** Calls back after a turn of the loop: of many messages that come in one go not each is looked at. By default each is. */
  readonly later?: ((call: () => void) => void) | undefined;
}

/** Messages of one turn of the loop that are looked at each by itself. */
const LOOKS_A_TURN = 8;

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
  /** What may be spoken, as long as it came: cut when it is handed out. */
  readonly #parts: string[] = [];
  /** Code units of all parts. */
  #partsLength = 0;
  /** What may not be whole yet. Never much longer than the last message, however many there were. */
  #buffer = '';
  #ended = false;
  /** It ends as soon as all of it was handed out. */
  #endsEmpty = false;
  /** Messages since the loop turned. */
  #looks = 0;
  /** The reader that waits. */
  #waiting: ((part: string | undefined) => void) | undefined;

  constructor(options: SentencesOptions) {
    this.#options = options;
  }

  /** @throws TooMuchText and keeps none of it */
  push(text: string): void {
    if (this.#ended) return;
    const { maxWaiting, later } = this.#options;
    if (this.#length + text.length > maxWaiting) this.#forgetSilence();
    if (this.#length + text.length > maxWaiting) throw new TooMuchText(maxWaiting);
    if (isSpeakable(text)) this.#endsEmpty = false;
    this.#buffer += text;
    this.#looks += 1;
    if (!later || this.#looks <= LOOKS_A_TURN) this.#look();
    if (this.#looks === 1) later?.(() => this.#turn());
  }

  /** What was written so far is spoken now, sentence or not. */
  flush(): void {
    this.#release(this.#buffer.length);
    this.#hand();
  }

  /** What was written so far is spoken now, and is the end, unless more is written before the last of it was handed out. */
  flushToEnd(): void {
    this.#endsEmpty = true;
    this.flush();
  }

  /** Nothing more will be written, or it is too late for it. */
  get isEnded(): boolean {
    return this.#ended;
  }

  /** A reader waits for text. */
  get isAwaited(): boolean {
    return this.#waiting !== undefined;
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

  get #length(): number {
    return this.#partsLength + this.#buffer.length;
  }

  #turn(): void {
    const hasMore = this.#looks > LOOKS_A_TURN;
    this.#looks = 0;
    if (hasMore) this.#look();
  }

  #look(): void {
    this.#forgetSilence();
    this.#cut();
    this.#hand();
  }

  #hand(): void {
    if (!this.#waiting || (this.#parts.length === 0 && !this.#ended && !this.#endsEmpty)) return;
    if (this.#parts.length === 0) this.#ended = true;
    const give = this.#waiting;
    this.#waiting = undefined;
    give(this.#take());
  }

  #take(): string | undefined {
    const [part] = this.#parts;
    if (part === undefined) return undefined;
    const first = firstOf(part, this.#options.maxPart);
    const rest = withoutSilence(part.slice(first.length).trimStart());
    if (rest === '') this.#parts.shift();
    else this.#parts[0] = rest;
    this.#partsLength += rest.length - part.length;
    return first;
  }

  /** All whole sentences of the buffer: its last one may go on. */
  #cut(): void {
    const isAwaited = this.#waiting !== undefined && this.#parts.length === 0;
    if (!isAwaited && this.#buffer.length < this.#options.partLength) return;
    if (!isSpeakable(this.#buffer)) return;
    this.#release(startOfLast(this.#buffer));
  }

  /** Text without a letter or a digit waits for some. */
  #release(length: number): void {
    const part = withoutSilence(this.#buffer.slice(0, length).trim());
    if (part === '') return;
    this.#buffer = this.#buffer.slice(length);
    this.#parts.push(part);
    this.#partsLength += part.length;
  }

  /** Marks may belong to words to come, but not so many. */
  #forgetSilence(): void {
    if (this.#buffer.length <= MAX_SILENT || isSpeakable(this.#buffer)) return;
    this.#buffer = this.#buffer.slice(-KEPT_SILENT).toWellFormed();
  }
}

/** `text` without more silence before its first word than may belong to it; empty when there is none. */
function withoutSilence(text: string): string {
  const at = text.search(/[\p{L}\p{N}]/u);
  if (at < 0) return '';
  return at <= MAX_SILENT ? text : text.slice(at - KEPT_SILENT).toWellFormed();
}

/** Code units that say nothing and still wait for words; of more, so many are kept. */
const MAX_SILENT = 1000;
const KEPT_SILENT = 100;
/** Longer than most sentences: one that goes on is cut as any text is. */
const LONG_SENTENCE = 500;
/** As much of the end of a text as is looked at: what is before it is whole, or was cut. */
const TAIL = 1500;

/** Where the last sentence begins, which may not be whole yet. Takes the same time however long the text is. */
function startOfLast(text: string): number {
  const before = Math.max(0, text.length - TAIL);
  const tail = text.slice(before);
  const context = { text: tail, language: 'en', isInside: findWholeSpans(tail) };
  let [start, looked] = [0, 0];
  while (looked < tail.length) {
    const found = nextBoundary(context, start, looked);
    looked = typeof found === 'number' ? found : found.at;
    if (typeof found !== 'number') start = found.at;
  }
  if (tail.length - start < LONG_SENTENCE) return before + start;
  const last = {
    start: Math.max(start, tail.length - LONG_SENTENCE / 2),
    end: tail.length,
    pause: 'none',
  } as const;
  return before + chooseCut(context, last, LONG_SENTENCE / 5).at;
}

/** One word may be four times as long as a part. */
const SEEN_PARTS = 5;

/** As much of `text` as may be spoken at once, up to where it may be cut. */
function firstOf(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const opening = text.slice(0, maxLength * SEEN_PARTS);
  let end = 0;
  for (const piece of cutLazily(opening, { maxCharacters: maxLength })) {
    if (!piece) continue;
    const next = opening.indexOf(piece.text, end) + piece.text.length;
    if (next > maxLength && end > 0) break;
    end = next;
  }
  return opening.slice(0, end);
}
