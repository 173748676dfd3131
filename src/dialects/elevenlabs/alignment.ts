import type { TimedSegment } from '../../speech/captions/captions.ts';

/** Characters and when each is heard, in seconds from the start of the audio: three lists of one length. */
export interface Characters {
  readonly characters: string[];
  readonly starts: number[];
  readonly ends: number[];
}

/** UTF-16 units that are kept of what was written and is not said yet: more than may wait. */
const MAX_WRITTEN = 250_000;
/** UTF-16 units before a segment that may say nothing. */
const MAX_SKIPPED = 1000;

/**
 * Gives every character of a text its time: those of a word share the time of the word, those between two words the time
 * between. Segments come in order; what was written between them, spaces above all, belongs to the one that follows.
 */
export class Aligner {
  #written = '';
  #at = 0;

  /** So much more of the text is known. */
  write(text: string): void {
    this.#written += text;
    if (this.#written.length > MAX_WRITTEN) this.#written = this.#written.slice(-MAX_WRITTEN);
  }

  /** The characters up to the end of `segment`. */
  say(segment: TimedSegment): Characters {
    const shown = this.#take(segment.text);
    const out: Characters = { characters: [], starts: [], ends: [] };
    let from = 0;
    let at = Math.max(this.#at, 0);
    for (const { word, start, end } of segment.words) {
      const found = shown.indexOf(word, from);
      if (found < 0) continue;
      spread(out, shown.slice(from, found), at, Math.max(at, start));
      at = Math.max(at, start);
      spread(out, word, at, Math.max(at, end));
      at = Math.max(at, end);
      from = found + word.length;
    }
    this.#at = Math.max(at, segment.end);
    spread(out, shown.slice(from), at, this.#at);
    return out;
  }

  /** What is left of the text, which nobody hears: it lasts until the end of the audio. */
  rest(end: number): Characters {
    const out: Characters = { characters: [], starts: [], ends: [] };
    spread(out, this.#written, this.#at, Math.max(this.#at, end));
    this.#written = '';
    return out;
  }

  /** The text as it was written, up to where that of a segment ends. */
  #take(text: string): string {
    const found = endOf(this.#written, text) ?? this.#search(text);
    if (found === undefined) return this.#at === 0 ? text : ` ${text}`; // said in other words than were written
    const taken = this.#written.slice(0, found);
    this.#written = this.#written.slice(found);
    return taken;
  }

  #search(text: string): number | undefined {
    const found = this.#written.indexOf(text);
    return found < 0 ? undefined : found + text.length;
  }
}

/** Where `text` ends in `written`, whichever spaces are between its characters; undefined when it is not soon to be found. */
function endOf(written: string, text: string): number | undefined {
  const first = text[0];
  if (first === undefined) return undefined;
  for (let start = written.indexOf(first); start >= 0 && start <= MAX_SKIPPED; ) {
    const end = matchAt(written, start, text);
    if (end !== undefined) return end;
    start = written.indexOf(first, start + 1);
  }
  return undefined;
}

function matchAt(written: string, start: number, text: string): number | undefined {
  let at = start;
  for (let i = 0; i < text.length; i++) {
    if (isSpace(text, i)) continue;
    while (isSpace(written, at)) at++;
    if (written[at] !== text[i]) return undefined;
    at++;
  }
  return at;
}

function isSpace(text: string, at: number): boolean {
  return at < text.length && /\s/.test(text[at] ?? '');
}

/** Each character of `text` gets as much of the time as the others. */
function spread({ characters, starts, ends }: Characters, text: string, start: number, end: number): void {
  const all = Array.from(text);
  const each = all.length === 0 ? 0 : (end - start) / all.length;
  for (const [index, character] of all.entries()) {
    characters.push(character);
    starts.push(start + index * each);
    ends.push(index === all.length - 1 ? end : start + (index + 1) * each);
  }
}
