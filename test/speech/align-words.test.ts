import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { alignWords } from '../../src/speech/captions/align-words.ts';

const spellings: Record<string, string> = {
  $5: 'five dollars',
  '1.01': 'one dollar and one cent',
  '10': 'ten',
  IBM: 'I B M',
};
const split = (text: string): string[] => text.split(' ').filter((word) => word !== '');

/** Each written word with what says it. */
function aligned(written: string, spoken: string): string[] {
  const [wanted, said] = [split(written), split(spoken)];
  const ranges = alignWords(wanted, said, (index) => split(spellings[wanted[index] ?? ''] ?? ''));
  return ranges.map((range, index) => {
    return `${wanted[index]}=${range ? said.slice(range.first, range.last + 1).join(' ') : '?'}`;
  });
}

describe('written and spoken words', () => {
  it('meet where they are the same, whatever their case, accents and apostrophes', () => {
    expect(aligned("The café didn't", "the cafe didn't")).toEqual(['The=the', 'café=cafe', "didn't=didn't"]);
  });

  it('meet where one became several', () => {
    expect(aligned('I owe 1.01 and tax', 'I owe one dollar and one cent and tax')).toEqual([
      'I=I',
      'owe=owe',
      '1.01=one dollar and one cent',
      'and=and',
      'tax=tax',
    ]);
    expect(aligned('the IBM deal', 'the I B M deal')).toEqual(['the=the', 'IBM=I B M', 'deal=deal']);
  });

  it('meet where nothing else is left, though nobody knows the spelling', () => {
    expect(aligned('10 km away', 'ten kilometers away')).toEqual(['10=ten', 'km=kilometers', 'away=away']);
    expect(aligned('2019', 'twenty nineteen')).toEqual(['2019=twenty nineteen']);
  });

  it('leave out what was moved, and keep what is sure beside it', () => {
    expect(aligned('a $5 million boat', 'a five million dollars boat')).toEqual([
      'a=a',
      '$5=five',
      'million=million',
      'boat=boat',
    ]);
  });

  it('are not guessed where several could be meant, nor is a neighbour that may reach there', () => {
    expect(aligned('go xx yy now', 'go one two three now')).toEqual(['go=go', 'xx=?', 'yy=?', 'now=now']);
    expect(aligned('$5 xx now', 'five oddly now')).toEqual(['$5=?', 'xx=?', 'now=now']);
  });

  it('that nobody says have none', () => {
    expect(aligned('say 漢字 now', 'say now')).toEqual(['say=say', '漢字=?', 'now=now']);
    expect(aligned('say', '')).toEqual(['say=?']);
  });

  it('never overlap and keep their order, whatever the words', () => {
    const words = fc.array(fc.constantFrom('a', 'b', 'c', '$5', '10', 'five', 'ten', 'dollars'), {
      maxLength: 12,
    });
    fc.assert(
      fc.property(words, words, (written, spoken) => {
        const ranges = alignWords(written, spoken, (index) => split(spellings[written[index] ?? ''] ?? ''));
        expect(ranges).toHaveLength(written.length);
        const places = ranges.flatMap((range) => (range ? [range.first, range.last] : []));
        expect(places).toEqual(places.toSorted((a, b) => a - b));
        const said = ranges.flatMap((range) =>
          range ? Array.from({ length: range.last - range.first + 1 }, (_, i) => range.first + i) : [],
        );
        expect(new Set(said).size).toBe(said.length);
        for (const place of places) expect(spoken[place]).toBeDefined();
      }),
    );
  });

  it('of a text beyond all bounds are left alone', () => {
    const long = Array.from({ length: 5000 }, (_, index) => `w${index}`);
    expect(alignWords(long, long, () => []).every((range) => range === undefined)).toBe(true);
  });
});
