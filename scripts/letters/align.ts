/**
 * Aligns spelling with sound: each letter gets none, one or two phonemes (x is K S, a silent letter is nothing).
 * Expectation maximisation over all monotone alignments, then the best one for each word
 * (Jiampojamarn, Kondrak and Sherif, "Applying many-to-many alignments", NAACL 2007).
 */
export interface Word {
  readonly letters: string;
  readonly phones: readonly string[];
}

const LONGEST_CHUNK = 2;
const ROUNDS = 8;
/** Two phonemes on one letter are rare; without this the first round spreads over them. */
const START = [1, 4, 0.2] as const;
const FLOOR = 1e-7;

export type Costs = Map<string, number>;

const chunkKey = (letter: string, phones: readonly string[], from: number, size: number): string =>
  size === 0
    ? `${letter}|`
    : size === 1
      ? `${letter}|${phones[from]}`
      : `${letter}|${phones[from]} ${phones[from + 1]}`;

function weigh(model: Costs | undefined, key: string, size: number): number {
  return model === undefined ? START[size]! : (model.get(key) ?? FLOOR);
}

/** Adds one word's expected chunk counts. */
function expect(word: Word, model: Costs | undefined, counts: Costs): void {
  const { letters, phones } = word;
  const rows = letters.length + 1;
  const columns = phones.length + 1;
  const forward = new Float64Array(rows * columns);
  const backward = new Float64Array(rows * columns);
  forward[0] = 1;
  backward[rows * columns - 1] = 1;
  for (let i = 0; i < letters.length; i++) {
    for (let j = 0; j < columns; j++) {
      const here = forward[i * columns + j]!;
      if (here === 0) continue;
      for (let size = 0; size <= LONGEST_CHUNK && j + size < columns; size++) {
        const to = (i + 1) * columns + j + size;
        forward[to]! += here * weigh(model, chunkKey(letters[i]!, phones, j, size), size);
      }
    }
  }
  for (let i = letters.length - 1; i >= 0; i--) {
    for (let j = 0; j < columns; j++) {
      let sum = 0;
      for (let size = 0; size <= LONGEST_CHUNK && j + size < columns; size++) {
        const rest = backward[(i + 1) * columns + j + size]!;
        if (rest > 0) sum += rest * weigh(model, chunkKey(letters[i]!, phones, j, size), size);
      }
      backward[i * columns + j] = sum;
    }
  }
  const total = forward[rows * columns - 1]!;
  if (!(total > 0)) return;
  for (let i = 0; i < letters.length; i++) {
    for (let j = 0; j < columns; j++) {
      const here = forward[i * columns + j]!;
      if (here === 0) continue;
      for (let size = 0; size <= LONGEST_CHUNK && j + size < columns; size++) {
        const key = chunkKey(letters[i]!, phones, j, size);
        const share = (here * weigh(model, key, size) * backward[(i + 1) * columns + j + size]!) / total;
        if (share > 1e-6) counts.set(key, (counts.get(key) ?? 0) + share);
      }
    }
  }
}

function normalise(counts: Costs): Costs {
  const sums = new Map<string, number>();
  for (const [key, count] of counts) sums.set(key[0]!, (sums.get(key[0]!) ?? 0) + count);
  return new Map([...counts].map(([key, count]) => [key, count / sums.get(key[0]!)!]));
}

/** Learns P(chunk | letter). */
export function learnAlignment(words: readonly Word[]): Costs {
  let model: Costs | undefined;
  for (let round = 0; round < ROUNDS; round++) {
    const counts: Costs = new Map();
    for (const word of words) expect(word, model, counts);
    model = normalise(counts);
  }
  return model!;
}

/** The best alignment: one graphone `letter|phones` a letter, and its mean log probability a letter. */
export function alignWord(word: Word, model: Costs): { graphones: string[]; score: number } | undefined {
  const { letters, phones } = word;
  const columns = phones.length + 1;
  const best = new Float64Array((letters.length + 1) * columns).fill(-Infinity);
  const chosen = new Int8Array((letters.length + 1) * columns).fill(-1);
  best[0] = 0;
  for (let i = 0; i < letters.length; i++) {
    for (let j = 0; j < columns; j++) {
      const here = best[i * columns + j]!;
      if (here === -Infinity) continue;
      for (let size = 0; size <= LONGEST_CHUNK && j + size < columns; size++) {
        const to = (i + 1) * columns + j + size;
        const score = here + Math.log(model.get(chunkKey(letters[i]!, phones, j, size)) ?? FLOOR);
        if (score > best[to]!) {
          best[to] = score;
          chosen[to] = size;
        }
      }
    }
  }
  let j = phones.length;
  const graphones: string[] = [];
  for (let i = letters.length; i > 0; i--) {
    const size = chosen[i * columns + j]!;
    if (size < 0) return undefined;
    j -= size;
    graphones.unshift(chunkKey(letters[i - 1]!, phones, j, size));
  }
  return { graphones, score: best[best.length - 1]! / letters.length };
}
