import { isAbbreviation } from './abbreviations.ts';
import { clauseGaps, endsInClauseMark, endsInSentenceMark, startsMidCluster } from './marks.ts';
import type { Pause, TextContext } from './span.ts';

/** A place inside a sentence where it may be cut, best kind first. `torn` parts what belongs together: "Dr. Smith". */
export interface Cut {
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
export function* findCuts(
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
