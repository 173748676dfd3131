import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { boundaryOf, readParts } from '../../src/http/multipart.ts';

interface Part {
  readonly name: string;
  readonly isFile: boolean;
  readonly bytes: number[];
}

async function* inChunks(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function read(bytes: Uint8Array, boundary: string, sizes: readonly number[] = [1000]): Promise<Part[]> {
  const parts: Part[] = [];
  for await (const event of readParts(inChunks(bytes, sizes), boundary)) {
    if (event.kind === 'part') parts.push({ name: event.name, isFile: event.isFile, bytes: [] });
    else if (event.kind === 'data') parts.at(-1)?.bytes.push(...event.bytes);
  }
  return parts;
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const field = 'content-disposition: form-data; name="a"';

describe('the parts of a form', () => {
  it('are what the platform put into it, however it is cut into chunks', async () => {
    // bytes that a boundary is made of are the hard ones
    const bytes = fc.array(fc.constantFrom(13, 10, 45, 45, 65, 0, 255), { maxLength: 60 });
    const values = fc.array(
      fc.record({ name: fc.stringMatching(/^[a-z[\]_]{1,9}$/), bytes, isFile: fc.boolean() }),
      {
        maxLength: 6,
      },
    );
    const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(values, sizes, async (parts, chunks) => {
        const form = new FormData();
        const plain = (part: Part): string =>
          part.bytes.map((byte) => String.fromCharCode(byte & 0x5f)).join('');
        for (const part of parts) {
          if (part.isFile) form.append(part.name, new Blob([Uint8Array.from(part.bytes)]), 'a.wav');
          else form.append(part.name, plain(part).replace(/[\r\n]/g, ''));
        }
        const sent = new Response(form);
        const boundary = boundaryOf(sent.headers.get('content-type') ?? '') ?? '';
        const found = await read(new Uint8Array(await sent.arrayBuffer()), boundary, chunks);
        expect(found).toEqual(
          parts.map((part) =>
            part.isFile ? part : { ...part, bytes: [...text(plain(part).replace(/[\r\n]/g, ''))] },
          ),
        );
      }),
    );
  });

  it('may have a preamble, spaces behind a boundary, and an epilogue', async () => {
    const form = `hello\r\n--b  \r\n${field}\r\n\r\nx\r\n--b--\r\nbye`;
    expect(await read(text(form), 'b', [3])).toEqual([{ name: 'a', isFile: false, bytes: [120] }]);
  });

  it.each([
    ['nothing', ''],
    ['no boundary', 'hello'],
    ['no end', `--b\r\n${field}\r\n\r\nx`],
    ['no end of its headers', `--b\r\n${field}`],
    ['a part without a name', '--b\r\ncontent-type: text/plain\r\n\r\nx\r\n--b--'],
    ['a part without headers', '--b\r\n\r\nx\r\n--b--'],
    ['a boundary that goes on', `--b\r\n${field}\r\n\r\nx\r\n--bc\r\n`],
    ['endless headers', `--b\r\n${`x: ${'y'.repeat(100)}\r\n`.repeat(500)}`],
    ['too many parts', `--b\r\n${`${field}\r\n\r\nx\r\n--b\r\n`.repeat(300)}`],
    [
      'a name without end',
      `--b\r\ncontent-disposition: form-data; name="${'x'.repeat(300)}"\r\n\r\nx\r\n--b--`,
    ],
    ['spaces without end', `--b${' '.repeat(5000)}\r\n${field}\r\n\r\nx\r\n--b--`],
  ])('with %s are refused', async (_, form) => {
    await expect(read(text(form), 'b')).rejects.toMatchObject({ error: { code: 'invalid_value' } });
  });

  it('are read to the end of what is wrong, and no further', async () => {
    let closed = false;
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) yield text(`--b\r\n${field}\r\n\r\nx\r\n`);
      } finally {
        closed = true;
      }
    }
    const reading = (async () => {
      for await (const _ of readParts(endless(), 'b'));
    })();
    await expect(reading).rejects.toMatchObject({ error: { message: 'The form has too many fields.' } });
    expect(closed).toBe(true);
  });

  it('are refused or read, whatever the bytes', async () => {
    const pieces = fc.constantFrom('--b\r\n', '\r\n--b--', '\r\n', '--', field, 'x', '\r', '\r\n\r\n');
    await fc.assert(
      fc.asyncProperty(fc.array(pieces, { maxLength: 15 }), async (parts) => {
        const outcome = await read(text(parts.join('')), 'b', [1, 7]).catch((error: unknown) => error);
        if (outcome instanceof Error) expect(outcome).toMatchObject({ error: { code: 'invalid_value' } });
      }),
      { numRuns: 500 },
    );
  });
});

it.each([
  ['multipart/form-data; boundary=abc', 'abc'],
  ['Multipart/Form-Data;charset=utf-8; boundary="a b"', 'a b'],
  ['multipart/form-data', undefined],
  ['multipart/mixed; boundary=abc', undefined],
  ['application/json', undefined],
])('the boundary of %s is %s', (type, boundary) => {
  expect(boundaryOf(type)).toBe(boundary);
});
