import { type Channels, frameBytes, MAX_RATE, MIN_RATE } from '../../audio/pcm.ts';
import { startsWith } from './magic.ts';

/** What the samples of a body are. */
export interface PcmFormat {
  /** Hz */
  readonly rate: number;
  readonly channels: Channels;
  /** Bytes of audio, where the source gives a size that can be true. */
  readonly length?: number | undefined;
}

/** Why a body cannot be used. The words are for the log. */
export class NotPcm extends Error {
  constructor(reason: string) {
    super(`The origin sent ${reason}.`);
    this.name = 'NotPcm';
  }
}

const RIFF_BYTES = 12;
const CHUNK_BYTES = 8;
const FMT_BYTES = 16;
/** `fmt ` of WAVE_FORMAT_EXTENSIBLE: the true format code is the first word of its GUID (mmreg.h). */
const EXTENSIBLE_FMT_BYTES = 40;
const EXTENSIBLE_CODE_AT = 24;
const CODE_PCM = 1;
const CODE_EXTENSIBLE = 0xfffe;
/** Nobody puts more than this before the audio; a cover picture in front of speech is not worth its memory. */
const MAX_HEADER_BYTES = 64 * 1024;
/** Streams write 0, 0xFFFFFFFF (OpenAI, ffmpeg), 0xFFFFFF00 or 0x7FFFF000 (SoX); no speech fills two gigabytes. */
const MIN_PLACEHOLDER = 0x7fff_f000;

export function isRiffWave(head: Uint8Array): boolean {
  return startsWith(head, 'RIFF') && startsWith(head, 'WAVE', 8);
}

/**
 * Reads the header that `head` begins with. `at` is where the audio starts; undefined when `head` ends before that.
 * @throws NotPcm when it is no 16-bit PCM of one or two channels, or no header at all
 */
export function readWavHeader(head: Uint8Array): { format: PcmFormat; at: number } | undefined {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  let format: PcmFormat | undefined;
  for (let at = RIFF_BYTES; ; ) {
    if (at > MAX_HEADER_BYTES) throw new NotPcm('a WAV header without end');
    if (at + CHUNK_BYTES > head.length) return undefined;
    const size = view.getUint32(at + 4, true);
    const body = at + CHUNK_BYTES;
    if (startsWith(head, 'data', at)) {
      if (!format) throw new NotPcm('a WAV header without a format');
      return { format: { ...format, length: trueSize(size, format.channels) }, at: body };
    }
    if (startsWith(head, 'fmt ', at)) {
      const enough = Math.min(size, EXTENSIBLE_FMT_BYTES);
      if (body + enough > head.length) return undefined;
      format = readFormat(view, body, size);
    }
    at = body + size + (size % 2); // chunks are padded to even lengths
  }
}

function trueSize(size: number, channels: Channels): number | undefined {
  if (size === 0 || size >= MIN_PLACEHOLDER) return undefined;
  if (size % frameBytes(channels) !== 0) throw new NotPcm('a WAV header that splits a frame');
  return size;
}

function readFormat(view: DataView, at: number, size: number): PcmFormat {
  if (size < FMT_BYTES) throw new NotPcm('a WAV format that is cut short');
  const code = view.getUint16(at, true);
  const extended = code === CODE_EXTENSIBLE && size >= EXTENSIBLE_FMT_BYTES;
  const coding = extended ? view.getUint16(at + EXTENSIBLE_CODE_AT, true) : code;
  const channels = view.getUint16(at + 2, true);
  const rate = view.getUint32(at + 4, true);
  const bits = view.getUint16(at + 14, true);
  if (coding !== CODE_PCM || bits !== 16) throw new NotPcm(`WAV of format ${coding} with ${bits} bits`);
  return checkFormat(rate, channels);
}

/** @throws NotPcm unless the engine can use samples like this */
export function checkFormat(rate: number, channels: number): PcmFormat {
  if (channels !== 1 && channels !== 2) throw new NotPcm(`sound of ${channels} channels`);
  if (rate < MIN_RATE || rate > MAX_RATE) throw new NotPcm(`a sample rate of ${rate} Hz`);
  return { rate, channels };
}
