import { encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeMsgpack } from '../../src/http/msgpack.ts';

describe('decodeMsgpack', () => {
  it('gives back what a client encoded', () => {
    const body = {
      text: 'xin chào',
      references: [{ audio: new Uint8Array(300), text: 'a' }],
      seed: null,
      top_p: 0.7,
    };
    expect(decodeMsgpack(encode(body))).toEqual(body);
  });

  it('round-trips any JSON value within its limits', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        fc.pre(!JSON.stringify(value).includes('"__proto__"'));
        expect(decodeMsgpack(encode(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('neither crashes nor hangs on random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        try {
          decodeMsgpack(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['an array that announces four billion items', [0xdd, 0xff, 0xff, 0xff, 0xff]],
    ['a map that announces four billion entries', [0xdf, 0xff, 0xff, 0xff, 0xff, 0xa1, 0x61]],
    ['text longer than the body', [0xdb, 0x7f, 0xff, 0xff, 0xff, 0x61]],
    ['bytes longer than the body', [0xc6, 0x7f, 0xff, 0xff, 0xff, 0x61]],
    ['a key that reaches for a prototype', encode(JSON.parse('{"__proto__":1}'))],
    ['an extension type', [0xd4, 0x01, 0x00]],
    ['bytes after the value', [0xc0, 0xc0]],
    ['nothing', []],
  ])('refuses %s', (_, bytes) => {
    expect(() => decodeMsgpack(Uint8Array.from(bytes))).toThrow();
  });

  it('refuses deep nesting before it allocates', () => {
    const nested = new Uint8Array(2_000_000).fill(0x91);
    expect(() => decodeMsgpack(nested)).toThrow('deep');
  });
});
