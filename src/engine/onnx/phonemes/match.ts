import type { LettersModel } from './letters.ts';

/** A phoneme of a word and the letter it is spelled with. */
export interface Sound {
  /** ARPAbet without its stress digit. */
  readonly phone: string;
  /** 0 none, 1 primary, 2 secondary; -1 for consonants. */
  readonly stress: number;
  /** Index of the letter in the word. */
  readonly at: number;
}

export type LetterCosts = ReadonlyMap<string, number>;

const MAX_CHUNK = 3;
/** Cost of a letter and phonemes never seen together: any real pair is cheaper. */
const STRANGE = 20;

/** -log P(letter and phonemes), stress ignored, by `letter|PHONE PHONE`. */
export function letterCosts(model: LettersModel): LetterCosts {
  const costs = new Map<string, number>();
  for (const [symbol, { letter, phones }] of model.graphone) {
    const key = `${letter}|${phones.join(' ').replace(/\d/g, '')}`;
    const node = model.ngrams.find(symbol);
    const cost = node < 0 ? STRANGE : -model.ngrams.log(node);
    costs.set(key, Math.min(cost, costs.get(key) ?? STRANGE));
  }
  return costs;
}

export function toSound(phone: string, at: number): Sound {
  const digit = phone.at(-1)!;
  return digit >= '0' && digit <= '2'
    ? { phone: phone.slice(0, -1), stress: Number(digit), at }
    : { phone, stress: -1, at };
}

/** Finds which letter spells each phoneme: the cheapest monotone alignment. Spelling decides what ARPAbet leaves open. */
export function matchLetters(letters: string, phones: readonly string[], costs: LetterCosts): Sound[] {
  const plain = phones.map((phone) => phone.replace(/\d/, ''));
  const columns = phones.length + 1;
  const best = new Float64Array((letters.length + 1) * columns).fill(Infinity);
  const sizes = new Int8Array(best.length);
  best[0] = 0;
  for (let i = 0; i < letters.length; i++) {
    for (let j = 0; j < columns; j++) {
      const here = best[i * columns + j]!;
      if (here === Infinity) continue;
      for (let size = 0; size <= MAX_CHUNK && j + size < columns; size++) {
        const key = `${letters[i]}|${plain.slice(j, j + size).join(' ')}`;
        const to = (i + 1) * columns + j + size;
        const cost = here + (costs.get(key) ?? STRANGE * (size + 1));
        if (cost >= best[to]!) continue;
        best[to] = cost;
        sizes[to] = size;
      }
    }
  }
  if (best[best.length - 1] === Infinity) return phones.map((phone) => toSound(phone, -1));
  const sounds: Sound[] = [];
  let j = phones.length;
  for (let i = letters.length; i > 0; i--) {
    for (let size = sizes[i * columns + j]!; size > 0; size--) sounds.unshift(toSound(phones[--j]!, i - 1));
  }
  return sounds;
}
