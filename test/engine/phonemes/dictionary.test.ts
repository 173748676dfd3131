import { dictionary as published } from 'cmu-pronouncing-dictionary';
import { describe, expect, it } from 'vitest';
import { readDictionary } from '../../../src/adapters/local/dictionary.ts';
import { Dictionary } from '../../../src/engine/onnx/phonemes/dictionary.ts';
import { packDictionary } from '../../../src/engine/onnx/phonemes/pack-dictionary.ts';

const pack = (entries: readonly (readonly [string, string])[]): Uint8Array =>
  packDictionary(new TextEncoder().encode(JSON.stringify(Object.fromEntries(entries), null, 2)));
const packed = (entries: readonly (readonly [string, string])[]): Dictionary => new Dictionary(pack(entries));

describe('the packed dictionary', () => {
  it('has every pronunciation of every word of the CMU dictionary, and no other word', async () => {
    const dictionary = new Dictionary(await readDictionary());
    const expected = new Map<string, string[]>();
    for (const [entry, phones] of Object.entries(published)) {
      const word = entry.replace(/\(\d\)$/, '');
      expected.set(word, [...(expected.get(word) ?? []), phones.replace(/ #.*/, '')]);
    }
    expect(expected.size).toBeGreaterThan(126_000);
    const differing = [...expected].filter(([word, phones]) => {
      const found = dictionary.find(word);
      return found.length !== phones.length || found.some((each, i) => each !== phones[i]);
    });
    expect(differing).toEqual([]);
    const strangers = [...expected.keys()].flatMap((word) => [`${word}'`, `${word}qx`, word.slice(0, -1)]);
    expect(strangers.filter((word) => dictionary.find(word).length > 0 && !expected.has(word))).toEqual([]);
  });

  it('finds a word that begins another, the first and the last', () => {
    const dictionary = packed([
      ['a', 'AH0'],
      ['a(2)', 'EY1'],
      ["a's", 'EY1 Z'],
      ['ab', 'AE1 B'],
      ['zoo', 'Z UW1'],
    ]);
    expect(dictionary.find('a')).toEqual(['AH0', 'EY1']);
    expect(dictionary.find("a's")).toEqual(['EY1 Z']);
    expect(dictionary.find('ab')).toEqual(['AE1 B']);
    expect(dictionary.find('zoo')).toEqual(['Z UW1']);
    for (const unknown of ['', 'aa', 'abc', 'z', 'zoos', '~', 'é', '\u0080'])
      expect(dictionary.find(unknown)).toEqual([]);
  });

  it('takes words in any order and drops comments', () => {
    const dictionary = packed([
      ['b', 'B IY1 # foreign french'],
      ['a', 'AH0'],
    ]);
    expect(dictionary.find('a')).toEqual(['AH0']);
    expect(dictionary.find('b')).toEqual(['B IY1']);
    expect(packed([]).find('a')).toEqual([]);
  });

  it.each([
    ['a', 'QX1'],
    ['a', ''],
    ['a', 'AH0 '],
    ['a b', 'AH0'],
    ['', 'AH0'],
    ['é', 'AH0'],
  ])('refuses %j with the sounds %j', (word, phones) => {
    expect(() => pack([[word, phones]])).toThrow(RangeError);
  });
});
