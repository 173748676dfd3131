import { frameBytes, joinBytes } from '../../audio/pcm.ts';
import type { PcmStream, SpokenWord } from '../engine.ts';

/**
 * What the cache keeps, little-endian: version, channels, whether the engine did the prosody, whether it could not tell if it has
 * the voice; sample rate (32 bits); speed and decibels of that prosody (32-bit floats); how many words follow the PCM (32 bits); PCM; of each
 * word whose time is known its index, start and end (32 bits each).
 */

const VERSION = 2;
const HEADER_BYTES = 20;
const WORD_BYTES = 12;
const FIRST_BYTES = 128 * 1024;

type SpeechForm = Pick<PcmStream, 'rate' | 'channels' | 'prosody' | 'voiceConfirmed'>;

export interface CachedSpeech extends SpeechForm {
  readonly pcm: Uint8Array;
  readonly words: readonly SpokenWord[];
}

/** The speech in `bytes`, a view; undefined when it is none, or one of another version. */
export function unpackSpeech(bytes: Uint8Array): CachedSpeech | undefined {
  if (bytes.length <= HEADER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
  const channels = view.getUint8(1);
  const rate = view.getUint32(4, true);
  if (view.getUint8(0) !== VERSION || (channels !== 1 && channels !== 2) || rate === 0) return undefined;
  const words = unpackWords(bytes, view.getUint32(16, true));
  if (!words) return undefined;
  const pcm = bytes.subarray(HEADER_BYTES, bytes.length - words.length * WORD_BYTES);
  if (pcm.length === 0 || pcm.length % frameBytes(channels) !== 0) return undefined;
  const prosody = { speed: view.getFloat32(8, true), volumeDb: view.getFloat32(12, true) };
  return {
    rate,
    channels,
    pcm,
    words,
    prosody: view.getUint8(2) === 1 ? prosody : undefined,
    voiceConfirmed: view.getUint8(3) === 1 ? false : undefined,
  };
}

function unpackWords(bytes: Uint8Array, count: number): SpokenWord[] | undefined {
  const length = count * WORD_BYTES;
  if (length > bytes.length - HEADER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + bytes.length - length, length);
  return Array.from({ length: count }, (_, word) => {
    const [index = 0, start = 0, end = 0] = [0, 4, 8].map((at) =>
      view.getUint32(word * WORD_BYTES + at, true),
    );
    return { index, start, end };
  });
}

function packWords(words: readonly SpokenWord[]): Uint8Array {
  const bytes = new Uint8Array(words.length * WORD_BYTES);
  const view = new DataView(bytes.buffer);
  for (const [word, { index, start, end }] of words.entries()) {
    [index, start, end].forEach((value, at) => {
      view.setUint32(word * WORD_BYTES + 4 * at, Math.round(value), true);
    });
  }
  return bytes;
}

/** Writes down PCM as it passes, up to `maxBytes` of it. */
export class SpeechRecorder {
  readonly #frameBytes: number;
  readonly #maxBytes: number;
  #buffer: Uint8Array | undefined;
  #length = HEADER_BYTES;

  constructor({ rate, channels, prosody, voiceConfirmed }: SpeechForm, maxBytes: number) {
    this.#frameBytes = frameBytes(channels);
    this.#maxBytes = maxBytes + HEADER_BYTES;
    this.#buffer = new Uint8Array(Math.min(FIRST_BYTES, this.#maxBytes));
    const view = new DataView(this.#buffer.buffer);
    view.setUint8(0, VERSION);
    view.setUint8(1, channels);
    view.setUint8(3, voiceConfirmed === false ? 1 : 0);
    view.setUint32(4, rate, true);
    if (!prosody) return;
    view.setUint8(2, 1);
    view.setFloat32(8, prosody.speed, true);
    view.setFloat32(12, prosody.volumeDb, true);
  }

  push(pcm: Uint8Array): void {
    if (!this.#buffer) return;
    const needed = this.#length + pcm.length;
    if (needed > this.#maxBytes) {
      this.#buffer = undefined; // too long to be kept
      return;
    }
    if (needed > this.#buffer.length) {
      const larger = new Uint8Array(Math.min(Math.max(needed, 2 * this.#buffer.length), this.#maxBytes));
      larger.set(this.#buffer);
      this.#buffer = larger;
    }
    this.#buffer.set(pcm, this.#length);
    this.#length = needed;
  }

  /** What to keep; undefined for speech that was too long, empty, or cut off inside a frame. */
  end(words: readonly SpokenWord[] = []): Uint8Array | undefined {
    const pcmBytes = this.#length - HEADER_BYTES;
    const buffer = this.#buffer;
    if (!buffer || pcmBytes === 0 || pcmBytes % this.#frameBytes !== 0) return undefined;
    new DataView(buffer.buffer).setUint32(16, words.length, true);
    const speech = buffer.subarray(0, this.#length);
    return words.length === 0 ? speech : joinBytes([speech, packWords(words)]);
  }
}
