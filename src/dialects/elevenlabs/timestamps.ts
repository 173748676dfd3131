import { joinBytes } from '../../core/bytes.ts';
import { toBase64 } from '../../http/audio-bytes.ts';
import { type TimedSegment, timeSegment } from '../../speech/captions/captions.ts';
import type { DeliveryProgress } from '../../speech/delivery-progress.ts';
import type { Speech } from '../../speech/synthesize.ts';
import { pullStream } from '../../stream/pull.ts';

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

/** Follows a speech: the characters that became known since it was asked last, with their times. */
export function createFollower(progress: DeliveryProgress, aligner: Aligner): () => Characters {
  let told = 0;
  return () => {
    const fresh = progress.segments().slice(told);
    told += fresh.length;
    return joined(fresh.map((segment) => aligner.say(timeSegment(segment, progress.rate))));
  };
}

export function joined(parts: readonly Characters[]): Characters {
  return {
    characters: parts.flatMap(({ characters }) => characters),
    starts: parts.flatMap(({ starts }) => starts),
    ends: parts.flatMap(({ ends }) => ends),
  };
}

/** As `/with-timestamps` and `/stream/with-timestamps` tell it. What is said is not normalised in writing: both are the same. */
function alignmentJson({ characters, starts, ends }: Characters): object {
  const alignment =
    characters.length === 0
      ? null
      : {
          characters,
          character_start_times_seconds: starts.map(toMilliseconds),
          character_end_times_seconds: ends.map(toMilliseconds),
        };
  return { alignment, normalized_alignment: alignment };
}

function toMilliseconds(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}

const lineEnd = '\n';

/** One JSON object a line, as audio comes: the official clients split at the end of lines. */
export function timestampLines(speech: Speech, text: string): ReadableStream<Uint8Array> {
  const reader = speech.body.getReader();
  const { follow, rest } = followWhole(speech.progress, text);
  const line = (audio: Uint8Array, characters: Characters): Uint8Array =>
    encode(`${JSON.stringify({ audio_base64: toBase64(audio), ...alignmentJson(characters) })}${lineEnd}`);
  return pullStream(
    async function* () {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        yield line(value, follow());
      }
      const last = joined([follow(), rest()]);
      if (last.characters.length > 0) yield line(new Uint8Array(), last);
    },
    () => reader.cancel().catch(() => {}), // harmless on a body that has ended
  );
}

/** The same in one object, written as audio comes: nothing of it is gathered. One that breaks off is no JSON. */
export function timestampObject(speech: Speech, text: string): ReadableStream<Uint8Array> {
  const reader = speech.body.getReader();
  const { follow, rest } = followWhole(speech.progress, text);
  return pullStream(
    async function* () {
      const known: Characters[] = [];
      let kept: Uint8Array = new Uint8Array();
      yield encode('{"audio_base64":"');
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        const bytes = joinBytes([kept, value]);
        const whole = bytes.length - (bytes.length % 3); // base64 without padding in between
        kept = bytes.slice(whole);
        yield encode(toBase64(bytes.subarray(0, whole)));
        known.push(follow());
      }
      const alignment = JSON.stringify(alignmentJson(joined([...known, follow(), rest()])));
      yield encode(`${toBase64(kept)}",${alignment.slice(1)}`);
    },
    () => reader.cancel().catch(() => {}),
  );
}

function followWhole(progress: DeliveryProgress, text: string): { follow(): Characters; rest(): Characters } {
  const aligner = new Aligner();
  aligner.write(text);
  return { follow: createFollower(progress, aligner), rest: () => aligner.rest(progress.seconds) };
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
