import { joinBytes } from '../core/bytes.ts';
import type { PcmFilter } from './pcm.ts';

/** PCM in whole frames (s16le, interleaved) in, a container's bytes out: see PcmFilter. */
export interface Encoder extends PcmFilter {
  /** What precedes the first audio, for containers that have a header: to be asked for once, before `push`. */
  head(): Uint8Array | undefined;
}

/** Puts `filter` in front of `encoder`. */
export function encodeFiltered(filter: PcmFilter, encoder: Encoder): Encoder {
  return {
    head: () => encoder.head(),
    push: (pcm) => encoder.push(filter.push(pcm)),
    end() {
      const last = encoder.push(filter.end());
      return joinBytes([last, encoder.end()]);
    },
    close() {
      filter.close();
      encoder.close();
    },
  };
}

/** The element of `values` closest to `wanted`; the higher of two that are equally close. */
export function nearest(values: readonly number[], wanted: number): number {
  return values.reduce((best, value) => (Math.abs(value - wanted) <= Math.abs(best - wanted) ? value : best));
}
