/**
 * Trains the letter-to-sound model from the CMU pronouncing dictionary alone, and measures it on words held out.
 *
 *   node scripts/train-letters.ts            writes src/engine/onnx/phonemes/letters.json from all words
 *   node scripts/train-letters.ts --held-out trains on 95 % of the words and prints the error rates on the rest
 *
 * There is no randomness: the same dictionary gives the same file.
 */
import { writeFileSync } from 'node:fs';
import { dictionary } from 'cmu-pronouncing-dictionary';
import { type LettersModel, readLettersModel, soundOut } from '../src/engine/onnx/phonemes/letters.ts';
import { alignWord, learnAlignment, type Word } from './letters/align.ts';
import { editDistance } from './letters/distance.ts';
import { trainNgrams } from './letters/ngrams.ts';
import { packNgrams } from './letters/pack.ts';

const ORDER = 6;
const NGRAMS = 88_000;
/** Graphones rarer than this are foreign spellings or mistakes of the dictionary. */
const RAREST_GRAPHONE = 5;
/** Mean log probability a letter below which a spelling does not say its sound ("mt" is "mount"). */
const WORST_ALIGNMENT = -3.2;
const HELD_OUT_SHARE = 20;
const OUTPUT = new URL('../src/engine/onnx/phonemes/letters.json', import.meta.url);

/** Secondary stress is noise in the dictionary; letters.ts picks the primary stress among the stressed vowels. */
const mergeStress = (phones: string): string => phones.replaceAll('2', '1');

function readWords(): Word[] {
  return Object.entries(dictionary)
    .filter(([spelling]) => /^[a-z]{2,}$/.test(spelling))
    .map(([letters, phones]) => ({ letters, phones: mergeStress(phones).split(' ') }));
}

/** Aligns without stress, which has no spelling, and puts it back. */
function alignAll(words: readonly Word[]): Map<string, string[]> {
  const plain = words.map((word) => ({
    ...word,
    phones: word.phones.map((phone) => phone.replace(/\d/, '')),
  }));
  const model = learnAlignment(plain);
  const aligned = new Map<string, string[]>();
  for (const [i, word] of plain.entries()) {
    const found = alignWord(word, model);
    if (found === undefined || found.score < WORST_ALIGNMENT) continue;
    let next = 0;
    const graphones = found.graphones.map((graphone) => {
      const [letter, chunk = ''] = graphone.split('|');
      const size = chunk === '' ? 0 : chunk.split(' ').length;
      next += size;
      return `${letter}|${words[i]!.phones.slice(next - size, next).join(' ')}`;
    });
    aligned.set(word.letters, graphones);
  }
  return aligned;
}

function train(words: readonly Word[]): ReturnType<typeof packNgrams> {
  const aligned = [...alignAll(words).values()];
  const counts = new Map<string, number>();
  for (const graphone of aligned.flat()) counts.set(graphone, (counts.get(graphone) ?? 0) + 1);
  const names = [...counts].filter(([, count]) => count >= RAREST_GRAPHONE).map(([graphone]) => graphone);
  const symbols = new Map(names.map((graphone, i) => [graphone, i + 2]));
  const sentences = aligned
    .filter((graphones) => graphones.every((graphone) => symbols.has(graphone)))
    .map((graphones) => graphones.map((graphone) => symbols.get(graphone)!));
  return packNgrams(trainNgrams(sentences, ORDER, NGRAMS), ['', '', ...names]);
}

/** FNV-1a: decides which words are held out, the same ones in every run. */
function hash(text: string): number {
  let value = 2166136261;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 16777619);
  return value >>> 0;
}

function measure(model: LettersModel, words: readonly Word[]): void {
  let errors = 0;
  let phonemes = 0;
  let right = 0;
  for (const { letters } of words) {
    const guess = soundOut(letters, model).flatMap(({ phones }) =>
      phones.map((phone) => phone.replace(/\d/, '')),
    );
    const references = ['', '(2)', '(3)']
      .map((variant) => dictionary[letters + variant])
      .filter((phones) => phones !== undefined)
      .map((phones) => phones.replace(/\d/g, '').split(' '));
    const best = references
      .map((phones) => ({ wrong: editDistance(guess, phones), of: phones.length }))
      .reduce((a, b) => (b.wrong < a.wrong ? b : a));
    errors += best.wrong;
    phonemes += best.of;
    if (best.wrong === 0) right++;
  }
  console.log(
    `${words.length} words held out of training, stress ignored, best of the dictionary's variants:`,
  );
  console.log(`phoneme error rate ${((100 * errors) / phonemes).toFixed(2)} %`);
  console.log(`words right        ${((100 * right) / words.length).toFixed(1)} %`);
}

const words = readWords();
if (process.argv.includes('--held-out')) {
  const isHeldOut = (word: Word): boolean => hash(word.letters) % HELD_OUT_SHARE === 0;
  const packed = train(words.filter((word) => !isHeldOut(word)));
  measure(readLettersModel({ ...packed, graphones: packed.graphones.join(',') }), words.filter(isHeldOut));
} else {
  const { graphones, ngrams } = train(words);
  const model = { source: 'cmu-pronouncing-dictionary 3.0.0 (ISC)', graphones: graphones.join(','), ngrams };
  const file = `${JSON.stringify(model, null, 2)}\n`;
  writeFileSync(OUTPUT, file);
  console.log(`${new TextEncoder().encode(file).length} bytes`);
}
