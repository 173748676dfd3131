import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createSniffer, type Sniffer } from '../../../src/engine/upstream/sniff.ts';
import { NotPcm } from '../../../src/engine/upstream/wav-header.ts';
import { silentMp3, tone, wavFile } from '../../fake-origin/tone.ts';
import { riff, wavBytes } from './fish-wav.ts';

const quiet = tone(0.02);

/** The PCM in `body` when it comes in pieces that end at `cuts`; every piece handed on must be whole frames. */
function sniff(
  body: Uint8Array,
  contentType: string | null,
  cuts: readonly number[] = [],
): { pcm: Buffer; sniffer: Sniffer } {
  const sniffer = createSniffer(contentType, 44_100);
  const parts: Uint8Array[] = [];
  const ends = [...cuts.map((cut) => cut % (body.length + 1)), body.length].sort((a, b) => a - b);
  let at = 0;
  for (const end of ends) {
    parts.push(sniffer.push(body.subarray(at, end)));
    at = end;
  }
  parts.push(sniffer.end());
  for (const part of parts) expect(part.length % (2 * (sniffer.format?.channels ?? 1))).toBe(0);
  return { pcm: Buffer.concat(parts), sniffer };
}

const samples = (multiple: number): fc.Arbitrary<Uint8Array> =>
  fc
    .uint8Array({ minLength: 4, maxLength: 400 })
    .map((bytes) => bytes.subarray(0, bytes.length - (bytes.length % multiple)))
    .filter((bytes) => bytes.length > 0);
const cuts = fc.array(fc.nat(2000), { maxLength: 8 });

describe('a body in any pieces', () => {
  test('a WAV header never becomes sound, whatever its shape, and its audio is complete', () => {
    fc.assert(
      fc.property(
        fc.record({
          channels: fc.constantFrom(1 as const, 2 as const),
          rate: fc.constantFrom(8000, 22_050, 24_000, 44_100, 48_000),
          extensible: fc.boolean(),
          before: fc.array(fc.uint8Array({ maxLength: 51 }), { maxLength: 3 }),
          after: fc.uint8Array({ maxLength: 51 }),
          size: fc.constantFrom<'true' | number>('true', 0, 0xffff_ffff, 0xffff_ff00, 0x7fff_f000),
        }),
        samples(4),
        cuts,
        (shape, pcm, where) => {
          const known = shape.size === 'true';
          const body = wavBytes({ ...shape, after: known ? shape.after : undefined }, pcm);
          const found = sniff(body, 'audio/wav', where);
          expect(found.pcm.equals(pcm)).toBe(true);
          const { rate, channels } = shape;
          expect(found.sniffer.format).toEqual({ rate, channels, length: known ? pcm.length : undefined });
          expect(found.sniffer.complete).toBe(known);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('headerless PCM comes out as it went in', () => {
    const quietSamples = fc
      .array(fc.integer({ min: -2000, max: 2000 }), { minLength: 1, maxLength: 300 })
      .map((values) => new Uint8Array(Int16Array.from(values).buffer));
    fc.assert(
      fc.property(quietSamples, cuts, (pcm, where) => {
        const found = sniff(pcm, 'audio/wav', where);
        expect(found.pcm.equals(pcm)).toBe(true);
        expect(found.sniffer.format).toEqual({ rate: 44_100, channels: 1 });
      }),
      { numRuns: 300 },
    );
  });

  test('random bytes give PCM of whole frames or NotPcm, nothing else', () => {
    const start = fc.constantFrom(
      '',
      'RIFF',
      'RIFF\0\0\0\0WAVE',
      'RIFF\0\0\0\0WAVEfmt ',
      'OggS',
      'ID3',
      '<htm',
    );
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 200 }), cuts, (prefix, rest, where) => {
        try {
          sniff(Buffer.concat([Buffer.from(prefix, 'latin1'), rest]), null, where);
        } catch (error) {
          expect(error).toBeInstanceOf(NotPcm);
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('where the rate comes from', () => {
  test.each([
    ['audio/L16;rate=24000', 24_000, 1],
    ['audio/L16; rate="16000"; channels=2', 16_000, 2],
    ['audio/pcm;rate=22050', 22_050, 1],
    ['audio/wav', 44_100, 1],
    ['application/octet-stream', 44_100, 1],
    [null, 44_100, 1],
  ])('headerless under %s is %d Hz, %d channel(s)', (contentType, rate, channels) => {
    expect(sniff(quiet, contentType).sniffer.format).toEqual({ rate, channels });
  });

  test('a WAV header wins over the content type', () => {
    const body = wavBytes({ rate: 8000 }, quiet);
    expect(sniff(body, 'audio/L16;rate=24000').sniffer.format?.rate).toBe(8000);
    expect(sniff(body, 'text/plain').sniffer.format?.rate).toBe(8000);
  });
});

describe('not PCM', () => {
  const json = Buffer.from('{"statusCode":500,"message":"no"}');
  test.each<[string, Uint8Array, string | null]>([
    ['an HTML page, even called audio', Buffer.from('<!DOCTYPE html><html><body>'), 'audio/wav'],
    ['JSON, even called audio', json, 'audio/wav'],
    ['JSON with blanks before it', Buffer.from(`\r\n  ${json}`), null],
    ['JSON in another script', Buffer.from('{"错误":"模型未加载"}'), 'audio/wav'],
    ['a short text', Buffer.from('{"a":1}'), 'audio/wav'],
    ['anything called text', quiet, 'text/plain; charset=utf-8'],
    ['anything called JSON', quiet, 'application/problem+json'],
    ['anything called MP3', quiet, 'audio/mpeg'],
    ['MP3 frames called WAV', silentMp3(4), 'audio/wav'],
    ['MP3 with a tag', Buffer.concat([Buffer.from('ID3\x04'), quiet]), 'audio/wav'],
    ['Ogg', Buffer.concat([Buffer.from('OggS'), quiet]), 'audio/wav'],
    ['FLAC', Buffer.concat([Buffer.from('fLaC'), quiet]), null],
    ['an empty body', new Uint8Array(), 'audio/wav'],
    ['half a sample', Uint8Array.of(1), 'audio/wav'],
    ['an odd number of bytes', quiet.subarray(1), 'audio/wav'],
    ['a WAV header alone', wavBytes({ size: 0 }, new Uint8Array()).subarray(0, 30), 'audio/wav'],
    ['less audio than the header says', wavFile(quiet, 'promises-more'), 'audio/wav'],
    ['float WAV', wavFile(quiet, 'float'), 'audio/wav'],
    ['three channels', wavBytes({ channels: 3 }, quiet), 'audio/wav'],
    ['eight bits', wavBytes({ bits: 8 }, quiet), 'audio/wav'],
    ['a rate of nothing', wavBytes({ rate: 0 }, quiet), 'audio/wav'],
    ['a rate of nothing in the content type', quiet, 'audio/L16;rate=0'],
    ['audio before its format', riff(['data', quiet]), 'audio/wav'],
    ['a format cut short', riff(['fmt ', new Uint8Array(14)], ['data', quiet]), 'audio/wav'],
    ['a header without end', riff(['LIST', new Uint8Array(70_000)], ['data', quiet]), 'audio/wav'],
    ['another RIFF file', Buffer.from('RIFF\x10\0\0\0AVI LIST'), 'audio/wav'],
  ])('%s', (_name, body, contentType) => {
    expect(() => sniff(body, contentType)).toThrow(NotPcm);
  });

  test('MP3 frames that come in small pieces', () => {
    expect(() => sniff(silentMp3(4), 'audio/wav', [1, 20, 200, 419])).toThrow(NotPcm);
  });

  test.each([
    [0x3c, 0xf8],
    [0x7b, 0x00],
    [0x20, 0xf9, 0x3c, 0xfa],
  ])('quiet samples that begin like text: %j', (...bytes) => {
    expect(sniff(Uint8Array.from(bytes), 'audio/wav').pcm).toEqual(Buffer.from(bytes));
  });

  test('PCM whose first samples look like one MP3 frame header is still PCM', () => {
    const pcm = Buffer.alloc(4000);
    pcm.set([0xff, 0xfb, 0x90, 0xc4]);
    expect(sniff(pcm, 'audio/wav', [1, 2, 3, 700]).pcm.equals(pcm)).toBe(true);
  });

  test('a header that hides behind a huge chunk is refused before it is stored', () => {
    const sniffer = createSniffer('audio/wav', 44_100);
    const body = riff(['LIST', new Uint8Array(70_000)]);
    expect(() => sniffer.push(body.subarray(0, 100))).toThrow('header without end');
  });
});
