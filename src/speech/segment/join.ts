import { isSpeakable } from '../speakable.ts';
import { fishTags, speakerTag } from './marks.ts';
import type { Span } from './span.ts';
import { countWords } from './words.ts';

/** UTF-16 units that say nothing and still go along with a neighbour: no tag and no mark is longer. The rest is left out. */
const MAX_SILENT = 1000;

/**
 * Gives pieces that say nothing to a neighbour: a tag such as `(happy)` to the words after it, marks such as `...` or an
 * emoji to those before.
 */
export function* joinSilent(
  text: string,
  pieces: Iterable<Span | undefined>,
): Generator<Span | undefined, void, void> {
  let held: Span | undefined;
  let lead: Span | undefined;
  let spokenEnd: number | undefined;
  for (const piece of pieces) {
    const kind = piece && classify(text.slice(piece.start, piece.end));
    if (!piece) yield undefined;
    else if (kind === 'spoken') {
      if (held) yield held;
      held = { ...piece, start: lead?.start ?? piece.start };
      lead = undefined;
      spokenEnd = piece.end;
    } else if (kind === 'marks' && held && !lead && piece.end - (spokenEnd ?? 0) <= MAX_SILENT) {
      held = { ...held, end: piece.end, pause: piece.pause };
      yield undefined;
    } else if (piece.end - (lead ?? piece).start <= MAX_SILENT) {
      lead = { ...piece, start: (lead ?? piece).start };
      yield undefined;
    } else {
      yield held; // what comes after so much of nothing does not belong to it
      held = undefined;
      lead = spokenEnd === undefined && lead ? lead : shortened(piece);
    }
  }
  if (held) yield lead ? { ...held, end: lead.end } : held;
  else if (lead && spokenEnd === undefined) yield { ...lead, pause: 'none' };
}

function shortened(piece: Span): Span {
  return { ...piece, end: Math.min(piece.end, piece.start + MAX_SILENT) };
}

function classify(piece: string): 'spoken' | 'tag' | 'marks' {
  const rest = piece.replace(fishTags, '');
  if (isSpeakable(rest)) return 'spoken';
  return rest === piece ? 'marks' : 'tag';
}

/** Stands for the next span where that is far away. */
export const tooLong = 'too long';
/** A sentence is found in far fewer steps, if one is near. */
const PATIENCE = 16;

/** `spans`, and a sign where so much says nothing that whoever waits for the next one should go on without it. */
export function* patiently(
  spans: Iterable<Span | undefined>,
): Generator<Span | typeof tooLong | undefined, void, void> {
  let waited = 0;
  for (const span of spans) {
    waited = span ? 0 : waited + 1;
    yield waited === PATIENCE ? tooLong : span;
  }
}

/** "Hi.", "Yes, sure.": too short to sound well alone, and each would cost an inference. */
const SHORT_WORDS = 2;
const SHORT_CHARACTERS = 20;
const JOINED_CHARACTERS = 80;

/** Puts very short sentences of one paragraph together; the first segment stays as it is. */
export function* joinShort(
  text: string,
  spans: Iterable<Span | undefined>,
  maxCharacters: number,
): Generator<Span | undefined, void, void> {
  const most = Math.min(JOINED_CHARACTERS, maxCharacters);
  let isFirst = true;
  let held: Span | undefined;
  for (const span of patiently(spans)) {
    if (span === tooLong) {
      yield held;
      held = undefined;
    } else if (!span || isFirst) {
      yield span;
      if (span) isFirst = false;
    } else if (held && span.end - held.start <= most && belong(text, held, span)) {
      held = { ...span, start: held.start };
    } else {
      if (held) yield held;
      held = span;
    }
  }
  if (held) yield held;
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
