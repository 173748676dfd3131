import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundaryOf, decodeMultipart } from '../../src/http/multipart.ts';

/** In pieces, as a body comes. */
async function* pieces(bytes: Uint8Array, size = 100): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function encode(form: FormData): Promise<[AsyncGenerator<Uint8Array>, string]> {
  const response = new Response(form);
  const boundary = boundaryOf(response.headers.get('content-type') ?? '') ?? '';
  return [pieces(new Uint8Array(await response.arrayBuffer())), boundary];
}

describe('decodeMultipart', () => {
  it('nests references, in the order of their numbers', async () => {
    const form = new FormData();
    form.set('text', 'xin chào');
    form.set('references[1][text]', 'second');
    form.set('references.0.text', 'first');
    form.set('references[0][audio]', new Blob([Uint8Array.of(1, 2, 3)]), 'a.wav');
    form.set('references[1][audio]', 'YWJj');
    expect(await decodeMultipart(...(await encode(form)))).toEqual({
      text: 'xin chào',
      references: [
        { text: 'first', audio: Uint8Array.of(1, 2, 3) },
        { text: 'second', audio: 'YWJj' },
      ],
    });
  });

  it('gives back any fields', async () => {
    const name = fc.stringMatching(/^[a-z_]{1,20}$/).filter((text) => text !== 'references');
    const fields = fc.dictionary(name, fc.string({ unit: 'grapheme', maxLength: 50 }), {
      maxKeys: 10,
      noNullPrototype: true,
    });
    await fc.assert(
      fc.asyncProperty(fields, async (texts) => {
        const form = new FormData();
        for (const [key, value] of Object.entries(texts)) form.set(key, value);
        const decoded = await decodeMultipart(...(await encode(form)));
        // A form's line breaks become CRLF (RFC 7578, 4.2 with HTML's form encoding).
        const expected = Object.entries(texts).map(([key, value]) => [
          key,
          value.replace(/\r\n|\r|\n/g, '\r\n'),
        ]);
        expect(decoded).toEqual(Object.fromEntries(expected));
      }),
    );
  });

  it('neither crashes nor hangs on random bytes', async () => {
    const dashes = fc.constantFrom(
      '--edge\r\n',
      '--edge--',
      '\r\n\r\n',
      'Content-Disposition: form-data; name="a"\r\n',
    );
    const noise = fc.uint8Array({ maxLength: 60 }).map((bytes) => String.fromCharCode(...bytes));
    const bodies = fc.array(fc.oneof(dashes, noise), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(bodies, async (parts) => {
        const bytes = Uint8Array.from(parts.join(''), (character) => character.charCodeAt(0));
        const outcome = await decodeMultipart(pieces(bytes), 'edge').catch((error: unknown) => error);
        expect(typeof outcome).toBe('object');
      }),
      { numRuns: 1000 },
    );
  });

  it('makes a list of a repeated name', async () => {
    const form = new FormData();
    for (const text of ['a', 'b', 'c']) form.append('audios', text);
    form.append('constructor', 'once');
    const decoded = await decodeMultipart(...(await encode(form)));
    expect(decoded).toEqual({ audios: ['a', 'b', 'c'], constructor: 'once' });
  });

  it('refuses a form of too many fields', async () => {
    const form = new FormData();
    for (let field = 0; field < 300; field++) form.append(`f${field}`, 'x');
    await expect(decodeMultipart(...(await encode(form)))).rejects.toThrow('too many');
  });

  it('does not let a field name reach the object prototype', async () => {
    const form = new FormData();
    form.append('__proto__', 'x');
    form.append('__proto__', new Blob(['y']), 'y.wav');
    const decoded = await decodeMultipart(...(await encode(form)));
    expect(Object.getPrototypeOf(decoded)).toBe(Object.prototype);
  });
});
