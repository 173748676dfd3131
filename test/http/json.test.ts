import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonScan, parseJson as parse } from '../../src/http/json.ts';
import { Turns } from '../../src/stream/turns.ts';
import { realClock } from '../stream/fake-clock.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const plenty = 1e6;
const parseJson = (bytes: Uint8Array, maxMembers?: number): Promise<unknown> =>
  parse(bytes, new Turns(realClock), maxMembers);

function measureJson(bytes: Uint8Array, maxMembers: number): void {
  const scan = new JsonScan(bytes, maxMembers);
  while (!scan.done) scan.step();
}

/** Containers, and commas between what is in them. */
function membersOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  const inside = Object.values(value);
  return 1 + Math.max(0, inside.length - 1) + inside.reduce<number>((sum, one) => sum + membersOf(one), 0);
}

const isTooDeep = (error: unknown): boolean => (error as Error).message === 'JSON nested too deeply';

describe('the measure of a JSON text', () => {
  it('lets everything through that JSON.stringify makes of a request', async () => {
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
    await fc.assert(
      fc.asyncProperty(value, fc.constantFrom(undefined, 1), async (content, indent) => {
        const written = JSON.stringify(content, null, indent);
        expect(await parseJson(bytesOf(written))).toEqual(JSON.parse(written));
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

  it.each(['0,', '[],', '"",', '{"a":1},'])('refuses a list of too many %s', async (item) => {
    const list = `[${item.repeat(20_000)}0]`;
    await expect(parseJson(bytesOf(list))).rejects.toThrow('too many');
    expect(await parseJson(bytesOf(list), 100_000)).toHaveLength(20_001);
  });

  it('never throws anything but an Error of its own, and never hides what is behind a string', async () => {
    const piece = fc.constantFrom(
      '"',
      '\\',
      '\\u',
      '[',
      ']',
      '{',
      '}',
      ',',
      ':',
      'x'.repeat(50),
      '1',
      ' ',
      '\n',
    );
    const garbage = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.array(piece, { maxLength: 60 }).map((parts) => bytesOf(parts.join(''))),
    );
    await fc.assert(
      fc.asyncProperty(garbage, async (bytes) => {
        let value: unknown;
        try {
          measureJson(bytes, plenty);
          value = await parseJson(bytes);
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

  it('takes no notice of brackets in a long string', async () => {
    const text = `"${'['.repeat(100_000)}\\\\\\"${']'.repeat(100)}"`;
    expect(await parseJson(bytesOf(`{"audio":${text}}`))).toEqual({ audio: JSON.parse(text) });
  });

  it('refuses names and white space that are as large as a book', async () => {
    for (const body of [`{"${'n'.repeat(4e6)}":"a"}`, `{"a":${' '.repeat(4e6)}"b"}`]) {
      await expect(parseJson(bytesOf(body))).rejects.toThrow('too much');
    }
  });
});

describe('a JSON text with long strings', () => {
  // Every character is at the end of a step at some shift: in escapes, in UTF-8, between the halves of a pair.
  it.each([
    ['letters', 'a'],
    ['escapes', '\n'],
    ['backslashes', '\\'],
    ['quotes', 'ab"'],
    ['backslashes and quotes', 'x\\"'],
    ['what looks like an escape', '\\u00e9 '],
    ['Chinese', '一二'],
    ['byte order marks', '\ufeff'],
    ['pictures', 'a\u{1f600}'],
  ])('is the same as what JSON.parse makes of it: %s', async (_, piece) => {
    const text = piece.repeat(Math.ceil(290_000 / piece.length));
    const escaped = (content: string): string =>
      content.replace(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
    for (let shift = 0; shift < 7; shift++) {
      const value = {
        pad: 'p'.repeat(shift),
        text,
        list: [text.slice(0, 1000), { [text.slice(0, 300)]: 'short' }],
      };
      const written = JSON.stringify(value);
      for (const form of [written, escaped(written)]) {
        expect(isSame(await parseJson(bytesOf(form)), JSON.parse(form))).toBe(true);
      }
    }
  });

  it('keeps a name that means something to JavaScript for what it is', async () => {
    const text = `{"__proto__":"${'a'.repeat(100_000)}"}`;
    expect(JSON.stringify(await parseJson(bytesOf(text)))).toBe(text);
  });

  it.each([
    ['a raw line feed', '\n'],
    ['a cut escape', '\\u00"'],
    ['an unknown escape', '\\x41'],
  ])('refuses %s within it', async (_, fault) => {
    const long = 'a'.repeat(300_000);
    await expect(parseJson(bytesOf(`{"text":"${long}${fault}${long}"}`))).rejects.toThrow(SyntaxError);
  });

  it('refuses bytes within it that are no UTF-8', async () => {
    const bytes = bytesOf(`{"text":"${'a'.repeat(600_000)}"}`);
    bytes[500_000] = 0xff;
    await expect(parseJson(bytes)).rejects.toThrow(TypeError);
  });

  it('lets others have their turn', async () => {
    const bytes = bytesOf(`{"text":"${'\\n'.repeat(6e6)}"}`);
    let turns = 0;
    const ticking = setInterval(() => turns++, 0);
    await parseJson(bytes);
    clearInterval(ticking);
    expect(turns).toBeGreaterThan(1);
  });
});

/** Without a diff of megabytes. */
function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
