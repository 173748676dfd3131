import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Channels } from '../../src/audio/pcm.ts';
import { createWavEncoder, WAV_HEADER_BYTES, wavHeader } from '../../src/audio/wav.ts';
import { encodeWhole } from './codecs.ts';
import { goldenPcm } from './signals.ts';

const ascii = (bytes: Uint8Array, at: number): string => String.fromCharCode(...bytes.subarray(at, at + 4));
const shapes = fc.record({
  rate: fc.integer({ min: 4000, max: 192_000 }),
  channels: fc.constantFrom<Channels>(1, 2),
  frames: fc.option(fc.integer({ min: 0, max: 2 ** 29 }), { nil: undefined }),
});

describe('a WAV header', () => {
  test('says what follows, exactly where the length is known and 0xFFFFFFFF where not', () => {
    fc.assert(
      fc.property(shapes, ({ rate, channels, frames }) => {
        const dataBytes = frames === undefined ? undefined : frames * channels * 2;
        const bytes = wavHeader({ rate, channels, dataBytes });
        const at = new DataView(bytes.buffer);
        expect(bytes.length).toBe(WAV_HEADER_BYTES);
        expect([0, 8, 12, 36].map((place) => ascii(bytes, place))).toEqual(['RIFF', 'WAVE', 'fmt ', 'data']);
        expect(at.getUint32(16, true)).toBe(16);
        expect([20, 22, 32, 34].map((place) => at.getUint16(place, true))).toEqual([
          1,
          channels,
          channels * 2,
          16,
        ]);
        expect([24, 28].map((place) => at.getUint32(place, true))).toEqual([rate, rate * channels * 2]);
        expect(at.getUint32(40, true)).toBe(dataBytes ?? 0xffffffff);
        expect(at.getUint32(4, true)).toBe(dataBytes === undefined ? 0xffffffff : dataBytes + 36);
      }),
    );
  });

  test('says "unknown" where a size would not fit into 32 bits', () => {
    const at = new DataView(wavHeader({ rate: 8000, channels: 1, dataBytes: 2 ** 32 - 2 }).buffer);
    expect([at.getUint32(4, true), at.getUint32(40, true)]).toEqual([0xffffffff, 0xffffffff]);
  });
});

describe('a WAV file', () => {
  test('is its header and then the PCM as it was', async () => {
    const pcm = goldenPcm(1000, 2);
    const file = await encodeWhole({ format: 'wav', rate: 24_000, channels: 2, length: pcm.length }, pcm);
    expect(file.subarray(0, WAV_HEADER_BYTES)).toEqual(
      wavHeader({ rate: 24_000, channels: 2, dataBytes: pcm.length }),
    );
    expect(file.subarray(WAV_HEADER_BYTES)).toEqual(pcm);
  });

  test('copies nothing: what a thousand hear is held once', () => {
    const chunk = new Uint8Array(100_000);
    expect(createWavEncoder({ rate: 24_000, channels: 1 }).push(chunk)).toBe(chunk);
  });
});
