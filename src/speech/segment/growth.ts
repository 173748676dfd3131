import { cutFirst } from './shorten.ts';
import type { Span, TextContext } from './span.ts';
import { countWords } from './words.ts';

/**
 * Cuts spans so that each is made while those before it are heard, by a source that hands out a span only when all of it
 * is made. One that needs the n-th part of the time that the words take keeps up with a `growth` of n: a span then has at
 * most as many words as were said before it times `growth`, less those made meanwhile, and never has to have fewer than
 * `leastWords`. A span without a good place for a cut stays whole.
 */
export function* limitGrowth(
  context: TextContext,
  spans: Iterable<Span | undefined>,
  growth: number,
  leastWords: number,
): Generator<Span | undefined, void, void> {
  let isFirst = true;
  let first = 0;
  let said = 0;
  for (const span of spans) {
    for (let rest: Span | undefined = span; rest; ) {
      const most = Math.max(leastWords, said * (growth - 1) + first);
      const [part, remainder]: readonly Span[] = isFirst ? [rest] : cutFirst(context, rest, Math.floor(most));
      const fitting = part ?? rest;
      yield fitting;
      const words = countWords(context.text.slice(fitting.start, fitting.end));
      if (isFirst) first = words;
      isFirst = false;
      said += words;
      rest = remainder;
    }
    if (!span) yield undefined;
  }
}
