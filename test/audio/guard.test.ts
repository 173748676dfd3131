import { expect, test } from 'vitest';
import { type Codec, guardCodec, SLICE_BYTES } from '../../src/audio/wasm/codec-guard.ts';

function recordingCodec(fail = false): Codec & { seen: (number | string)[] } {
  const seen: (number | string)[] = [];
  return {
    seen,
    encode(slice) {
      seen.push(slice.length);
      if (fail) throw new Error('broken');
      return slice;
    },
    flush() {
      seen.push('flush');
      return new Uint8Array(0);
    },
    free: () => void seen.push('free'),
  };
}

test('a codec never sees empty input, nor a flush without input', () => {
  const codec = recordingCodec();
  const filter = guardCodec(2, codec);
  filter.push(new Uint8Array(0));
  filter.end();
  expect(codec.seen).toEqual(['free']);
});

test('a long chunk reaches the codec in slices of bounded length', () => {
  const codec = recordingCodec();
  const pcm = new Uint8Array(2 * SLICE_BYTES + 6).map((_, i) => i);
  expect(guardCodec(2, codec).push(pcm)).toEqual(pcm);
  expect(codec.seen).toEqual([SLICE_BYTES, SLICE_BYTES, 6]);
});

test('a codec that fails is freed at once, and only once', () => {
  const codec = recordingCodec(true);
  const filter = guardCodec(2, codec);
  expect(() => filter.push(new Uint8Array(2))).toThrow('broken');
  expect(() => filter.push(new Uint8Array(2))).toThrow(/ended/);
  filter.close();
  expect(codec.seen).toEqual([2, 'free']);
});

test('a stream that is given up is freed without a flush', () => {
  const codec = recordingCodec();
  const filter = guardCodec(2, codec);
  filter.push(new Uint8Array(2));
  filter.close();
  filter.close();
  expect(filter.end().length).toBe(0);
  expect(codec.seen).toEqual([2, 'free']);
});
