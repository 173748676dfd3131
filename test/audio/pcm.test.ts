import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { FrameAligner, fromFloat32, fromInt16, toInt16 } from '../../src/audio/pcm.ts';
import { joinBytes } from '../../src/core/bytes.ts';
import { chunkLengths, cut } from './chunks.ts';

describe('samples and bytes', () => {
  test('every sample survives the way to bytes and back, at even and odd offsets', () => {
    fc.assert(
      fc.property(fc.int16Array(), fc.boolean(), (samples, odd) => {
        const bytes = fromInt16(samples);
        const moved = new Uint8Array(bytes.length + 1).subarray(odd ? 1 : 0, bytes.length + (odd ? 1 : 0));
        moved.set(bytes);
        expect(moved.byteOffset % 2).toBe(odd ? 1 : 0);
        expect(toInt16(moved)).toEqual(samples);
      }),
    );
  });

  test('a byte beyond the last sample is left out', () => {
    expect(toInt16(new Uint8Array([1, 0, 2]))).toEqual(new Int16Array([1]));
    expect(toInt16(new Uint8Array([9, 1, 0, 2]).subarray(1))).toEqual(new Int16Array([1]));
  });

  test('bytes are little-endian', () => {
    expect(fromInt16(new Int16Array([0x1234, -2]))).toEqual(new Uint8Array([0x34, 0x12, 0xfe, 0xff]));
  });
});

test('samples of a Node Buffer at an odd address are its own, not those of the memory around it', () => {
  const around = Buffer.from([9, 1, 0, 2, 0, 9, 9, 9]);
  expect([...toInt16(around.subarray(1, 5))]).toEqual([1, 2]);
});

describe('floats to s16le', () => {
  test('rounds to the nearest step and clamps beyond full scale', () => {
    const floats = new Float32Array([
      0,
      1,
      -1,
      0.5,
      1.4 / 32767,
      1.6 / 32767,
      2,
      -2,
      Infinity,
      -Infinity,
      Number.NaN,
    ]);
    const steps = [0, 32767, -32767, 16384, 1, 2, 32767, -32768, 32767, -32768, 0];
    expect([...toInt16(fromFloat32(floats))]).toEqual(steps);
  });

  test('is never off by more than half a step', () => {
    fc.assert(
      fc.property(fc.float32Array({ min: -1, max: 1, noNaN: true }), (floats) => {
        for (const [i, sample] of toInt16(fromFloat32(floats)).entries()) {
          expect(Math.abs(sample - (floats[i] ?? 0) * 32767)).toBeLessThanOrEqual(0.5);
        }
      }),
    );
  });
});

describe('FrameAligner', () => {
  test('gives whole frames, loses nothing and keeps less than a frame, wherever chunks are cut', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 400 }),
        chunkLengths,
        fc.constantFrom(1, 2, 4, 7),
        (bytes, lengths, frame) => {
          const aligner = new FrameAligner(frame);
          const parts = cut(bytes, lengths).map((chunk) => {
            const whole = aligner.push(chunk).slice();
            expect(whole.length % frame).toBe(0);
            expect(aligner.rest.length).toBeLessThan(frame);
            return whole;
          });
          expect(joinBytes([...parts, aligner.rest])).toEqual(bytes);
        },
      ),
    );
  });

  test('keeps its own copy of a partial frame', () => {
    const aligner = new FrameAligner(2);
    const chunk = new Uint8Array([1, 2, 3]);
    aligner.push(chunk);
    chunk.fill(99);
    expect(aligner.push(new Uint8Array([4]))).toEqual(new Uint8Array([3, 4]));
  });
});
