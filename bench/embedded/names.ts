/**
 * Phoneme error rates against espeak-ng (en-us, stress ignored): unknown names by the letter model and by naive
 * letter rules, and whole sentences. `node bench/embedded/names.ts`
 */
import { readFileSync } from 'node:fs';
import { readDictionary } from '../../src/adapters/local/dictionary.ts';
import { createEnglishPhonemizer } from '../../src/engine/onnx/phonemes/english.ts';
import { loadEspeak } from '../../src/engine/onnx/phonemes/espeak.ts';
import { writeIpa } from '../../src/engine/onnx/phonemes/ipa.ts';
import packed from '../../src/engine/onnx/phonemes/letters.json' with { type: 'json' };
import { readLettersModel } from '../../src/engine/onnx/phonemes/letters.ts';
import { toSound } from '../../src/engine/onnx/phonemes/match.ts';
import { phonemeErrorRate } from '../../test/engine/phonemes/phonemes-error.ts';

const readLines = (name: string): string[] =>
  readFileSync(new URL(`../../test/data/${name}`, import.meta.url), 'utf8')
    .trim()
    .split('\n');

const model = readLettersModel(packed);

const logOf = (symbol: string): number => model.ngrams.log(model.ngrams.find(symbol));

/** The baseline: each letter its most frequent sound, whatever stands beside it. */
function spellNaively(word: string): string {
  const sounds = [...word.toLowerCase()].flatMap((letter, at) => {
    const symbols = model.ofLetter.get(letter) ?? [];
    const likely = symbols.toSorted((a, b) => logOf(b) - logOf(a))[0];
    const phones = likely === undefined ? [] : model.graphone.get(likely)!.phones;
    return phones.map((phone) => toSound(phone, at));
  });
  return writeIpa(word.toLowerCase(), sounds, 'en-US');
}

const espeak = await loadEspeak('en-us');
if (espeak === undefined) throw new Error('install @echogarden/espeak-ng-emscripten to run this bench');
const english = await createEnglishPhonemizer('en-US', readDictionary);
const names = readLines('names.txt');
const sentences = readLines('sentences.txt');
const compare = (texts: readonly string[], speak: (text: string) => string): string => {
  const pairs = texts.map((text) => ({ ours: speak(text), reference: espeak.phonemize(text) }));
  return `${(100 * phonemeErrorRate(pairs)).toFixed(1)} %`;
};
console.log(
  `${names.length} names, letter model and known parts: ${compare(names, (text) => english.phonemize(text))}`,
);
console.log(`${names.length} names, naive letter rules:          ${compare(names, spellNaively)}`);
console.log(
  `${sentences.length} sentences:                        ${compare(sentences, (text) => english.phonemize(text))}`,
);
