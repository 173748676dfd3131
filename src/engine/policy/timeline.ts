import type { PcmStream, SpokenSegment, SpokenWord } from '../../core/engine.ts';

/** A day of speech: nobody asks when what after it was said. */
const MAX_SEGMENTS = 20_000;

/** What was said so far of a text that is spoken in parts. Grows at its end only. */
export class Timeline {
  readonly segments: SpokenSegment[] = [];

  add(
    text: string,
    span: { readonly start: number; readonly end: number },
    words: readonly SpokenWord[],
  ): void {
    const { start, end } = span;
    if (end > start && this.segments.length < MAX_SEGMENTS) {
      this.segments.push({ text, start, end, words: inside(span, words) });
    }
  }
}

/** Words counted from a segment's start, in the place of the segment: what was trimmed off its end takes no time. */
function inside(
  { start, end }: { readonly start: number; readonly end: number },
  words: readonly SpokenWord[],
): readonly SpokenWord[] | undefined {
  const within = (frame: number): number => Math.min(end, start + Math.round(frame));
  const placed = words.map((word) => ({ ...word, start: within(word.start), end: within(word.end) }));
  return placed.length > 0 ? placed : undefined;
}

/** Follows one part as it is spoken, and tells `timeline` of it in its place. */
export class PartTimes {
  readonly #timeline: Timeline;
  readonly #text: string;
  readonly #stream: Pick<PcmStream, 'timeline' | 'words'>;
  /** Frames of `timeline` for one of the part's own. */
  readonly #scale: number;
  readonly #start: number;
  #told = 0;

  constructor(
    timeline: Timeline,
    text: string,
    stream: Pick<PcmStream, 'timeline' | 'words'>,
    { scale, start }: { readonly scale: number; readonly start: number },
  ) {
    this.#timeline = timeline;
    this.#text = text;
    this.#stream = stream;
    this.#scale = scale;
    this.#start = start;
  }

  /** Of its segments, those that have been spoken by now are told. */
  follow(): void {
    for (const segment of this.#stream.timeline?.slice(this.#told) ?? []) {
      this.#told += 1;
      const place = (frame: number): number => this.#start + Math.round(frame * this.#scale);
      const words = (segment.words ?? []).map((word) => {
        const from = (frame: number): number => (frame - segment.start) * this.#scale;
        return { ...word, start: from(word.start), end: from(word.end) };
      });
      this.#timeline.add(segment.text, { start: place(segment.start), end: place(segment.end) }, words);
    }
  }

  /** @param end where its last frame was */
  finish(end: number): void {
    if (this.#stream.timeline) {
      this.follow();
      return;
    }
    const words = (this.#stream.words?.() ?? []).map((word) => {
      return { ...word, start: word.start * this.#scale, end: word.end * this.#scale };
    });
    this.#timeline.add(this.#text, { start: this.#start, end }, words);
  }
}

type Words = NonNullable<PcmStream['words']>;

/** `words` after the audio was changed: `place` says where a frame of it is now. */
export function moved(words: Words | undefined, place: (frame: number) => number): Words {
  return () =>
    (words?.() ?? []).map(({ index, start, end }) => ({ index, start: place(start), end: place(end) }));
}
