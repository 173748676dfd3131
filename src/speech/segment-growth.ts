import { cutFirst } from './segment-shorten.ts';
import type { Matter, Span } from './segment-span.ts';
import { countWords } from './segment-words.ts';

/**
 * Cuts spans so that each is made while those before it are heard, by a source that hands out a span only when all of it
 * is made. One that needs the n-th part of the time that the words take keeps up with a `growth` of n: a span then has at
 * most as many words as were said before it times `growth`, less those made meanwhile, and never has to have fewer than
 * `leastWords`. A span without a good place for a cut stays whole.
 */
export function limitGrowth(
  matter: Matter,
  spans: readonly Span[],
  growth: number,
  leastWords: number,
): Span[] {
  const limited: Span[] = [];
  const rest = [...spans].reverse();
  let first = 0;
  let said = 0;
  for (let span = rest.pop(); span; span = rest.pop()) {
    const most = Math.max(leastWords, said * (growth - 1) + first);
    const [part, remainder] = limited.length === 0 ? [span] : cutFirst(matter, span, Math.floor(most));
    if (remainder) rest.push(remainder);
    const fitting = part ?? span;
    limited.push(fitting);
    const words = countWords(matter.text.slice(fitting.start, fitting.end));
    if (limited.length === 1) first = words;
    said += words;
  }
  return limited;
}
