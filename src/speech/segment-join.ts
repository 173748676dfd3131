import { fishTags, speakerTag } from './segment-marks.ts';
import type { Span } from './segment-span.ts';
import { countWords } from './segment-words.ts';
import { isSpeakable } from './speakable.ts';

/**
 * Gives pieces that say nothing to a neighbour: a tag such as `(happy)` to the words after it, marks such as `...` or an
 * emoji to those before.
 */
export function joinSilent(text: string, pieces: readonly Span[]): Span[] {
  const joined: Span[] = [];
  let leadStart: number | undefined;
  for (const piece of pieces) {
    const kind = classify(text.slice(piece.start, piece.end));
    const previous = joined.at(-1);
    if (kind === 'spoken') {
      joined.push({ ...piece, start: leadStart ?? piece.start });
      leadStart = undefined;
    } else if (kind === 'marks' && previous && leadStart === undefined) {
      joined[joined.length - 1] = { ...previous, end: piece.end, pause: piece.pause };
    } else {
      leadStart ??= piece.start;
    }
  }
  const [end, last] = [pieces.at(-1)?.end ?? 0, joined.at(-1)];
  if (leadStart !== undefined && last) joined[joined.length - 1] = { ...last, end };
  else if (leadStart !== undefined) joined.push({ start: leadStart, end, pause: 'none' });
  return joined;
}

function classify(piece: string): 'spoken' | 'tag' | 'marks' {
  const rest = piece.replace(fishTags, '');
  if (isSpeakable(rest)) return 'spoken';
  return rest === piece ? 'marks' : 'tag';
}

/** "Hi.", "Yes, sure.": too short to sound well alone, and each would cost an inference. */
const SHORT_WORDS = 2;
const SHORT_CHARACTERS = 20;
const JOINED_CHARACTERS = 80;

/** Puts very short sentences of one paragraph together; the first segment stays as it is. */
export function joinShort(text: string, spans: readonly Span[], maxCharacters: number): Span[] {
  const most = Math.min(JOINED_CHARACTERS, maxCharacters);
  const joined: Span[] = [];
  for (const span of spans) {
    const previous = joined.at(-1);
    if (joined.length > 1 && previous && span.end - previous.start <= most && belong(text, previous, span)) {
      joined[joined.length - 1] = { ...span, start: previous.start };
    } else {
      joined.push(span);
    }
  }
  return joined;
}

function belong(text: string, one: Span, other: Span): boolean {
  if (one.pause !== 'sentence') return false;
  if (/[\n\r\u2028\u2029]/.test(text.slice(one.end, other.start))) return false; // no mark would part them
  if (speakerTag.test(text.slice(other.start, other.end))) return false;
  return isShort(text, one) || isShort(text, other);
}

function isShort(text: string, { start, end }: Span): boolean {
  return end - start <= SHORT_CHARACTERS && countWords(text.slice(start, end)) <= SHORT_WORDS;
}
