/**
 * Our phonemes beside those of espeak-ng, for common words and names: `node scripts/compare-phonemes.ts`. Prints each word on
 * which the two disagree and nobody has judged yet (test/data/judged-phonemes.txt), and judged ones that have changed since.
 */
import { readFileSync } from 'node:fs';
import { readDictionary } from '../src/adapters/local/dictionary.ts';
import { createEnglishPhonemizer } from '../src/engine/onnx/phonemes/english.ts';
import { loadEspeak } from '../src/engine/onnx/phonemes/espeak.ts';
import { readJudged } from '../test/engine/phonemes/judged.ts';
import { broadly } from '../test/engine/phonemes/phonemes-error.ts';

const readWords = (name: string): string[] => [
  ...new Set(
    readFileSync(new URL(`../test/data/${name}.txt`, import.meta.url), 'utf8')
      .trim()
      .split(/\s+/),
  ),
];

const espeak = await loadEspeak('en-us');
if (espeak === undefined) throw new Error('Install @echogarden/espeak-ng-emscripten to compare.');
const english = await createEnglishPhonemizer('en-US', readDictionary);
const judged = readJudged();
for (const list of ['common-words', 'common-names']) {
  const words = readWords(list);
  let differing = 0;
  for (const word of words) {
    const [ours, theirs] = [english.phonemize(word), espeak.phonemize(word)];
    if (broadly(ours) === broadly(theirs)) continue;
    differing++;
    const known = judged.get(word);
    if (known?.ours !== ours || known.theirs !== theirs)
      console.log(`${word} ${ours} ${theirs} ${known?.verdict ?? '?'}`);
  }
  console.log(`${list}: ${words.length} words, ${differing} differ from espeak-ng's`);
}
