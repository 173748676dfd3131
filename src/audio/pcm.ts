import { joinBytes } from '../core/bytes.ts';
/** Signed 16-bit little-endian PCM, interleaved. A frame is one sample of every channel. */

export type Channels = 1 | 2;

export const BYTES_PER_SAMPLE = 2;

/** Sample rates that any of the filters and containers take, in Hz. */
export const MIN_RATE = 4_000;
export const MAX_RATE = 192_000;

const FULL_SCALE = 32_767;

/**
 * PCM in, PCM or encoded bytes out. Chunks are whole frames, of any length. What goes in is only read, as others may hear it
 * too; what comes out is new memory, or what went in where the filter changes nothing.
 */
export interface PcmFilter {
  push(pcm: Uint8Array): Uint8Array;
  /** The rest. Frees the filter; a later `push` throws. */
  end(): Uint8Array;
  /** Frees a filter that is given up before its end. Harmless after `end` and when called twice. */
  close(): void;
}

export function frameBytes(channels: Channels): number {
  return channels * BYTES_PER_SAMPLE;
}

/** @throws RangeError when `rate` is no whole number of Hz between MIN_RATE and MAX_RATE. */
export function checkRate(rate: number): void {
  if (!Number.isInteger(rate) || rate < MIN_RATE || rate > MAX_RATE) {
    throw new RangeError(
      `The sample rate must be a whole number between ${MIN_RATE} and ${MAX_RATE} Hz, not ${rate}.`,
    );
  }
}

/** The samples of `pcm`: a view where its offset allows one, else a copy. Bytes beyond the last whole sample are left out. */
export function toInt16(pcm: Uint8Array): Int16Array {
  const samples = Math.floor(pcm.length / BYTES_PER_SAMPLE);
  if (pcm.byteOffset % BYTES_PER_SAMPLE === 0) return new Int16Array(pcm.buffer, pcm.byteOffset, samples);
  return new Int16Array(new Uint8Array(pcm.subarray(0, samples * BYTES_PER_SAMPLE)).buffer); // `slice` of Node's Buffer copies nothing
}

/** The bytes of `samples`: a view, no copy. Like all of src/audio it counts on a little-endian host. */
export function fromInt16(samples: Int16Array): Uint8Array {
  return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
}

/** Samples between -1 and 1 as s16le: rounded to the nearest step, clamped outside; NaN becomes silence. */
export function fromFloat32(samples: Float32Array): Uint8Array {
  const out = new Int16Array(samples.length);
  for (let i = 0; i < samples.length; i++) {
    out[i] = Math.max(-FULL_SCALE - 1, Math.min(FULL_SCALE, Math.round((samples[i] ?? 0) * FULL_SCALE)));
  }
  return fromInt16(out);
}

/** Turns chunks cut anywhere into chunks of whole frames. Keeps less than one frame. */
export class FrameAligner {
  readonly #frameBytes: number;
  #kept: Uint8Array = new Uint8Array(0);

  constructor(bytesPerFrame: number) {
    this.#frameBytes = bytesPerFrame;
  }

  /** All whole frames so far: a view into `chunk` when no partial frame was waiting. May be empty. */
  push(chunk: Uint8Array): Uint8Array {
    const bytes = this.#kept.length > 0 ? joinBytes([this.#kept, chunk]) : chunk;
    const whole = bytes.length - (bytes.length % this.#frameBytes);
    this.#kept = bytes.slice(whole);
    return bytes.subarray(0, whole);
  }

  /** The bytes of the partial frame that is waiting: at the end of a stream, what was cut off. */
  get rest(): Uint8Array {
    return this.#kept;
  }
}
