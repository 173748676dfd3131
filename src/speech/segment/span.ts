export type Pause = 'none' | 'clause' | 'sentence' | 'paragraph';

/** A stretch of the text without space at its ends, and what follows it. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly pause: Pause;
}

/** The text being cut, and what is known of it. */
export interface TextContext {
  readonly text: string;
  /** Primary subtag, for example `en`. */
  readonly language: string;
  /** Tells whether an offset lies inside a span that must stay whole. */
  readonly isInside: (at: number) => boolean;
}

/** The first place from `from` on that is no space, at most `most` further on. */
export function skipSpace(text: string, from: number, most: number = Number.POSITIVE_INFINITY): number {
  const end = Math.min(text.length, from + most);
  let at = from;
  while (at < end && isSpace(text[at])) at += 1;
  return at;
}

export function trimBack(text: string, start: number, from: number): number {
  let at = from;
  while (at > start && isSpace(text[at - 1])) at -= 1;
  return at;
}

function isSpace(character: string | undefined): boolean {
  return character !== undefined && /\s/.test(character);
}
