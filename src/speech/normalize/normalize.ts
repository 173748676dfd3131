import { tidyQuotesAndDashes, tidySpaces } from './characters.ts';
import { normalizeEnglish } from './english.ts';

/**
 * Written text to spoken text in a language (BCP 47, "en-GB"). English is rewritten; in other languages only spaces,
 * quotes and dashes are made even, because their phonemizer reads numbers itself.
 */
export function normalize(text: string, language: string): string {
  const primary = language.toLowerCase().split(/[-_]/)[0];
  const spoken = text.replace(controlTag, ' ');
  return primary === 'en' ? normalizeEnglish(spoken) : tidySpaces(tidyQuotesAndDashes(spoken));
}

/** Fish-Speech's control tags, `<|speaker:0|>`: directions to a generative model, never words. */
const controlTag = /<\|[^|<>]{0,64}\|>/g;
