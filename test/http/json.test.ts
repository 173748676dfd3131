import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { measureJson, parseJson } from '../../src/http/wire/json.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const plenty = 1e6;

/** Containers, and commas between what is in them. */
function membersOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const inside = Object.values(value);
  return 1 + Math.max(0, inside.length - 1) + inside.reduce<number>((sum, one) => sum + membersOf(one), 0);
}

const isTooDeep = (error: unknown): boolean => (error as Error).message === 'JSON nested too deeply';

describe('the measure of a JSON text', () => {
  it('lets everything through that JSON.stringify makes of a request', () => {
    // the long strings are those whose end is searched for, with what could be mistaken for it
    const text = fc
      .array(fc.constantFrom('"', '\\', 'a'.repeat(60), '\\"', '[', ',', 'é', '\u{1f600}'), { maxLength: 12 })
      .map((parts) => parts.join(''));
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 5 },
        text,
        fc.jsonValue({ maxDepth: 2 }),
        fc.array(tie('any')),
        fc.dictionary(text, tie('any')),
      ),
    })).any;
    fc.assert(
      fc.property(value, fc.constantFrom(undefined, 1), (content, indent) => {
        const written = JSON.stringify(content, null, indent);
        expect(parseJson(bytesOf(written))).toEqual(JSON.parse(written));
        const members = membersOf(JSON.parse(written));
        expect(() => measureJson(bytesOf(written), members)).not.toThrow();
        if (members > 0) expect(() => measureJson(bytesOf(written), members - 1)).toThrow('too many');
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['[', ']'],
    ['{"a":', '}'],
    ['[{"a":"]]]]}}}}","b":', '}]'],
  ])('refuses %s too deep', (open, close) => {
    const levels = (open.match(/[[{]/g) ?? []).length;
    const nested = (times: number): Uint8Array => bytesOf(`${open.repeat(times)}1${close.repeat(times)}`);
    const deepest = Math.floor(32 / levels);
    expect(() => measureJson(nested(deepest), plenty)).not.toThrow();
    expect(() => measureJson(nested(deepest + 1), plenty)).toThrow('deep');
    expect(() => measureJson(bytesOf(open.repeat(1_000_000)), plenty)).toThrow('deep');
  });

  it.each(['0,', '[],', '"",', '{"a":1},'])('refuses a list of too many %s', (item) => {
    const list = `[${item.repeat(20_000)}0]`;
    expect(() => parseJson(bytesOf(list))).toThrow('too many');
    expect(parseJson(bytesOf(list), 100_000)).toHaveLength(20_001);
  });

  it('never throws anything but an Error of its own, and never hides what is behind a string', () => {
    const piece = fc.constantFrom('"', '\\', '[', ']', '{', '}', ',', ':', 'x'.repeat(50), '1', ' ', '\n');
    const garbage = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.array(piece, { maxLength: 60 }).map((parts) => bytesOf(parts.join(''))),
    );
    fc.assert(
      fc.property(garbage, (bytes) => {
        let value: unknown;
        try {
          measureJson(bytes, plenty);
          value = parseJson(bytes);
        } catch (error) {
          expect(error instanceof SyntaxError || error instanceof TypeError || isTooDeep(error)).toBe(true);
          return;
        }
        const members = membersOf(value);
        if (members > 0) expect(() => measureJson(bytes, members - 1)).toThrow('too many');
      }),
      { numRuns: 3000 },
    );
  });

  it('takes no notice of brackets in a long string', () => {
    const text = `"${'['.repeat(100_000)}\\\\\\"${']'.repeat(100)}"`;
    expect(parseJson(bytesOf(`{"audio":${text}}`))).toEqual({ audio: JSON.parse(text) });
  });
});
