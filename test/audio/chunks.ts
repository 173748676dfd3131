import fc from 'fast-check';
import { FrameAligner, type PcmFilter } from '../../src/audio/pcm.ts';
import { joinBytes } from '../../src/core/bytes.ts';

/** Lengths that `cut` takes in turn: single bytes, odd numbers, nothing at all, and more than a codec's slice. */
export const chunkLengths: fc.Arbitrary<number[]> = fc.array(
  fc.oneof(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 3000 }), fc.constant(40_001)),
  { minLength: 1, maxLength: 12 },
);

/** `bytes` in chunks of these lengths, again from the first when they run out; the rest whole if they are all 0. */
export function cut(bytes: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  if (lengths.every((length) => length === 0)) return [new Uint8Array(0), bytes];
  const chunks: Uint8Array[] = [];
  for (let at = 0, i = 0; at < bytes.length; i++) {
    const length = lengths[i % lengths.length] ?? 0;
    chunks.push(bytes.subarray(at, at + length));
    at += length;
  }
  return chunks;
}

/** Everything that comes out of `filter` for these chunks, cut anywhere. */
export function runChunks(
  filter: PcmFilter,
  chunks: readonly Uint8Array[],
  bytesPerFrame: number,
): Uint8Array {
  const frames = new FrameAligner(bytesPerFrame);
  const parts = chunks.map((chunk) => filter.push(frames.push(chunk)));
  return joinBytes([...parts, filter.end()]);
}
