import { isAbbreviation } from './abbreviations.ts';
import {
  clauseGaps,
  endsInClauseMark,
  endsInSentenceMark,
  startsMidCluster,
  unspacedLetters,
} from './marks.ts';
import { type Pause, type Span, skipSpace, type TextContext, trimBack } from './span.ts';
import { countWords, cutAnywhere } from './words.ts';

/** As much of the first sentence as is looked at. */
const OPENING_CHARACTERS = 400;
/** A sentence this much longer than the first segment may be is cut at its commas only. */
const SLACK_WORDS = 2;
/** The least on either side of a comma, and before a conjunction. */
const CLAUSE_WORDS = 2;
const PHRASE_WORDS = 3;
/** Without spaces or commas, a cut is heard: only a sentence this many times too long is worth it. */
const UNSPACED_SLACK = 2;

/**
 * Cuts a long first sentence in two, the first part about `maxWords` words at most: at its last comma in reach, else
 * before a conjunction, else between two words.
 */
export function cutFirst(context: TextContext, span: Span, maxWords: number): readonly Span[] {
  const { text, language, isInside } = context;
  const end = Math.min(span.end, span.start + OPENING_CHARACTERS);
  const total = countWords(text.slice(span.start, end));
  if (total <= maxWords) return [span];

  const cuts: { cut: Cut; words: number }[] = [];
  let words = 0;
  let from = span.start;
  for (const cut of findCuts(context, span.start, end)) {
    words += countWords(text.slice(from, cut.at));
    from = cut.at;
    if (words > maxWords + SLACK_WORDS) break;
    cuts.push({ cut, words });
  }
  const last = (kind: Cut['kind'], least: number, most: number): Cut | undefined =>
    cuts.findLast((one) => one.cut.kind === kind && one.words >= least && one.words <= most)?.cut;

  const clause = last('clause', CLAUSE_WORDS, Math.min(maxWords, total - CLAUSE_WORDS));
  if (clause) return cutAt(context, span, clause);
  if (total <= maxWords + SLACK_WORDS) return [span];
  const cut =
    last('conjunction', PHRASE_WORDS, maxWords) ??
    last('clause', maxWords, maxWords + SLACK_WORDS) ??
    last('space', 1, maxWords);
  if (cut) return cutAt(context, span, cut);
  const opening = text.slice(span.start, end);
  const isUnspaced = (opening.match(unspacedLetters)?.length ?? 0) > opening.length / 2;
  if (!isUnspaced || total <= maxWords * UNSPACED_SLACK) return [span];
  const limit = Math.ceil((opening.length * maxWords) / total);
  return cutAt(context, span, {
    at: cutAnywhere(text, span.start, limit, language, isInside),
    pause: 'none',
  });
}

/** One word or address may be this many times longer than a segment before it is cut. */
const UNBROKEN_FACTOR = 4;
/** Parts of a sentence are never shorter than this share of their even length, where there is a choice. */
const MIN_SHARE = 1 / 3;

/** Cuts a span into parts of `maxCharacters` at most: evenly, at its best marks. */
export function* cutLong(
  context: TextContext,
  span: Span,
  maxCharacters: number,
): Generator<Span, void, void> {
  let rest = span;
  while (rest.end - rest.start > maxCharacters) {
    const [part, remainder] = cutAt(context, rest, chooseCut(context, rest, maxCharacters));
    if (!remainder) break;
    yield part;
    rest = remainder;
  }
  yield rest;
}

type CutPoint = Pick<Cut, 'at' | 'pause'>;

/** The two sides of a cut; the whole span where there is nothing on the other side. */
function cutAt(
  { text }: TextContext,
  span: Span,
  { at, pause }: CutPoint,
): readonly [Span] | readonly [Span, Span] {
  if (at >= span.end) return [span];
  const start = skipSpace(text, at);
  return [
    { start: span.start, end: trimBack(text, span.start, at), pause },
    { ...span, start },
  ];
}

/** The best place for a cut near the middle of a span; near `max` where there is none. */
export function chooseCut(context: TextContext, { start, end }: Span, max: number): CutPoint {
  const { text, language, isInside } = context;
  const length = end - start;
  const aim = start + length / Math.ceil(length / max);
  const least = start + (aim - start) * MIN_SHARE;
  const reach = Math.min(end, start + max * UNBROKEN_FACTOR);
  const cuts = [...findCuts(context, start, reach)];
  const sound = cuts.filter(({ kind }) => kind !== 'torn');
  const near = sound.filter(({ at }) => at >= least && at <= start + max);
  const best =
    nearest(
      near.filter(({ kind }) => kind === 'clause'),
      aim,
    ) ??
    nearest(
      near.filter(({ kind }) => kind === 'conjunction'),
      aim,
    ) ??
    nearest(near, aim);
  if (best) return best;
  if (text.slice(start, start + max).search(unspacedLetters) >= 0) {
    return { at: cutAnywhere(text, start, max, language, isInside), pause: 'none' };
  }
  const poor = nearest(sound, start + max) ?? nearest(cuts, start + max);
  if (poor) return poor;
  const at = reach < end ? cutAnywhere(text, start, reach - start, language) : end;
  return { at, pause: 'none' };
}

function nearest(cuts: readonly Cut[], aim: number): Cut | undefined {
  let best: Cut | undefined;
  for (const cut of cuts) if (!best || Math.abs(cut.at - aim) < Math.abs(best.at - aim)) best = cut;
  return best;
}

/** A place inside a sentence where it may be cut, best kind first. `torn` parts what belongs together: "Dr. Smith". */
interface Cut {
  readonly at: number;
  readonly kind: 'clause' | 'conjunction' | 'space' | 'torn';
  readonly pause: Pause;
}

const CONTEXT_CHARACTERS = 80;

/** Function words that open a phrase: a reader may take a breath before them. */
const openers: Readonly<Record<string, RegExp>> = {
  en: /^(?:and|or|but|nor|because|although|though|while|when|where|which|who|whose|that|if|whether|unless|until|since|as|than|before|after|in|on|at|by|for|from|with|without|into|through|over|under|between|about|to|near|during|against|across|along|behind|beyond|around|toward|towards)$/,
  de: /^(?:und|oder|aber|denn|sondern|weil|dass|ob|wenn|als|während|obwohl|damit|der|die|das|in|im|auf|an|am|mit|von|vom|zu|zum|zur|für|aus|bei|nach|über|unter|durch)$/,
  fr: /^(?:et|ou|mais|donc|car|ni|que|qui|dont|où|quand|si|comme|parce|dans|sur|avec|pour|par|sans|sous|chez|vers|entre)$/,
  es: /^(?:y|e|o|u|pero|sino|porque|que|quien|cuando|donde|si|como|en|con|por|para|sin|sobre|desde|hasta|entre)$/,
  it: /^(?:e|ed|o|ma|perché|che|cui|quando|dove|se|come|in|nel|nella|con|per|su|da|tra|fra|senza)$/,
  pt: /^(?:e|ou|mas|porque|que|quem|quando|onde|se|como|em|no|na|com|por|para|sem|sobre|desde|até|entre)$/,
  nl: /^(?:en|of|maar|want|dus|omdat|dat|die|als|toen|terwijl|hoewel|in|op|aan|met|van|voor|door|uit|bij|naar|over)$/,
  vi: /^(?:và|hoặc|hay|nhưng|mà|vì|nên|nếu|khi|thì|là|rằng|ở|trong|với|cho|từ|trên|dưới|của)$/,
};

/** Cuts of text[start..end), rising, all of them strictly inside. Looks at nothing beyond `end`. */
function* findCuts(
  { text, language, isInside }: TextContext,
  start: number,
  end: number,
): Generator<Cut, void, void> {
  for (const gap of text.slice(start, end).matchAll(clauseGaps)) {
    const from = start + gap.index;
    const at = from + gap[0].length;
    if (at >= end) return;
    if (isInside(at) || startsMidCluster(text, at)) continue;
    const after = text.slice(at, at + CONTEXT_CHARACTERS);
    if (gap[1] === undefined) {
      // "10：30", "1，000"
      const isInNumber = /\p{N}/u.test(text[from - 1] ?? '') && /^\p{N}/u.test(after);
      if (!isInNumber) yield { at, kind: 'clause', pause: 'clause' };
      continue;
    }
    const before = text.slice(Math.max(start, from - CONTEXT_CHARACTERS), from);
    yield { at, ...classifyGap(before, after, language) };
  }
}

function classifyGap(before: string, after: string, language: string): Omit<Cut, 'at'> {
  if (endsInClauseMark.test(before)) return { kind: 'clause', pause: 'clause' };
  const [, marks, closers] = endsInSentenceMark.exec(before) ?? [];
  if (marks !== undefined) {
    const word = /([^\s([{"'“‘«]+)\.$/u.exec(before)?.[1] ?? '';
    if (marks === '.' && closers === '' && isAbbreviation(word, after, language)) {
      return { kind: 'torn', pause: 'none' };
    }
    return { kind: 'clause', pause: closers === '' ? 'sentence' : 'clause' };
  }
  const next = /^\p{L}+/u.exec(after)?.[0] ?? '';
  return { kind: openers[language]?.test(next) ? 'conjunction' : 'space', pause: 'none' };
}
