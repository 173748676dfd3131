import { joinBytes } from '../../core/bytes.ts';
import type { PcmFilter } from '../pcm.ts';

/** A codec's context: it is only ever given whole frames, at most `SLICE_BYTES` at once, and never after `free`. */
export interface Codec {
  encode(slice: Uint8Array): Uint8Array;
  flush(): Uint8Array;
  free(): void;
  /** Takes chunks of any length: they are not cut, and what becomes of them is not copied. */
  readonly takesWhole?: boolean;
}

/** Bounds the codecs' scratch memory whatever the length of a chunk. A multiple of every frame size. */
export const SLICE_BYTES = 16_384;

/**
 * Stands between callers and memory that other streams share: empty input never reaches the codec, nor does anything
 * after `end` or `close`, nor a partial frame; a codec that fails is freed.
 */
export function guardCodec(bytesPerFrame: number, codec: Codec): PcmFilter {
  let open = true;
  let fed = false;
  const close = (): void => {
    if (!open) return;
    open = false;
    codec.free();
  };
  const attempt = (work: () => Uint8Array): Uint8Array => {
    try {
      return work();
    } catch (error) {
      close();
      throw error;
    }
  };
  return {
    push(pcm) {
      if (pcm.length === 0) return new Uint8Array(0);
      if (!open) throw new Error('This filter has ended.');
      if (pcm.length % bytesPerFrame !== 0) {
        throw new RangeError(
          `PCM must come in whole frames of ${bytesPerFrame} bytes, not ${pcm.length} bytes.`,
        );
      }
      fed = true;
      if (codec.takesWhole) return attempt(() => codec.encode(pcm));
      return attempt(() => joinBytes([...slices(pcm)].map((slice) => codec.encode(slice))));
    },
    end() {
      if (!open) return new Uint8Array(0);
      const rest = fed ? attempt(() => codec.flush()) : new Uint8Array(0);
      close();
      return rest;
    },
    close,
  };
}

/** A filter that keeps nothing from one slice to the next. */
export function mapSlices(bytesPerFrame: number, encode: (slice: Uint8Array) => Uint8Array): PcmFilter {
  return guardCodec(bytesPerFrame, { encode, flush: () => new Uint8Array(0), free: () => {} });
}

function* slices(pcm: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < pcm.length; at += SLICE_BYTES) yield pcm.subarray(at, at + SLICE_BYTES);
}
