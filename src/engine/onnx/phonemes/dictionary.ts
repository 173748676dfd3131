const VOWELS = 'AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW'.split(' ');
const CONSONANTS = 'B CH D DH F G HH JH K L M N NG P R S SH T TH V W Y Z ZH'.split(' ');
/** ARPAbet: in packed text each phone is one byte, its index here and `FIRST_PHONE`. */
export const PHONES: readonly string[] = [
  ...VOWELS.flatMap((vowel) => ['0', '1', '2'].map((stress) => vowel + stress)),
  ...CONSONANTS,
];
/** Spellings are ASCII, so any byte from here on is a phone. */
export const FIRST_PHONE = 0x80;
/** Between two pronunciations of a word. */
export const ALSO = 0xff;

/** Reads the packed dictionary of a runtime: bytes that `packDictionary` made. */
export type LoadDictionary = () => Promise<Uint8Array>;

/**
 * A pronouncing dictionary as one sorted run of bytes that is searched: each word in ASCII, then its phones, then the next
 * word. As an object its 126,000 words take ten times the memory.
 */
export class Dictionary {
  readonly #packed: Uint8Array;

  constructor(packed: Uint8Array) {
    this.#packed = packed;
  }

  /** All pronunciations of `word` (lower case) in ARPAbet with stress digits, the commonest first; none where it is not known. */
  find(word: string): string[] {
    let low = 0;
    let high = this.#packed.length;
    while (low < high) {
      const start = this.#startOf((low + high) >> 1);
      const order = this.#compare(word, start);
      if (order === 0) return this.#readPhones(start + word.length);
      if (order < 0) high = start;
      else low = this.#endOf(start);
    }
    return [];
  }

  #isPhone(at: number): boolean {
    return this.#packed[at]! >= FIRST_PHONE;
  }

  /** Where the entry begins that the byte `at` is part of. */
  #startOf(at: number): number {
    let start = at;
    while (start > 0 && (this.#isPhone(start) || !this.#isPhone(start - 1))) start--;
    return start;
  }

  #endOf(start: number): number {
    let end = start;
    while (!this.#isPhone(end)) end++;
    while (end < this.#packed.length && this.#isPhone(end)) end++;
    return end;
  }

  /** Below zero where `word` sorts before the entry at `start`, zero where it is the entry's. */
  #compare(word: string, start: number): number {
    for (let i = 0; i < word.length; i++) {
      if (this.#isPhone(start + i)) return 1;
      const order = word.charCodeAt(i) - this.#packed[start + i]!;
      if (order !== 0) return order;
    }
    return this.#isPhone(start + word.length) ? 0 : -1;
  }

  #readPhones(from: number): string[] {
    const variants: string[] = [];
    let phones = '';
    for (let at = from; at < this.#packed.length && this.#isPhone(at); at++) {
      const byte = this.#packed[at]!;
      if (byte === ALSO) {
        variants.push(phones);
        phones = '';
      } else phones += (phones === '' ? '' : ' ') + PHONES[byte - FIRST_PHONE]!;
    }
    return [...variants, phones];
  }
}
