import { type Channels, frameBytes, MAX_RATE, MIN_RATE } from '../../audio/pcm.ts';

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

/* Knows by their first bytes the bodies that are not PCM, whatever their content type says. */

/** What a body turned out to be; `more` asks for more bytes before it can tell. */
export type Suspicion = 'mp3' | 'ogg' | 'flac' | 'text' | 'more' | undefined;

/** Enough of a body to tell text from sound. */
const TEXT_BYTES = 16;

/**
 * The foreign format that `head`, the first bytes of a body, belongs to; undefined when it may be sound.
 * @param ended whether `head` is all there is
 */
export function suspect(head: Uint8Array, ended: boolean): Suspicion {
  if (startsWith(head, 'OggS')) return 'ogg';
  if (startsWith(head, 'fLaC')) return 'flac';
  if (startsWith(head, 'ID3')) return 'mp3';
  if (head.length < TEXT_BYTES && !ended) return 'more';
  if (looksLikeText(head)) return 'text';
  return suspectMpeg(head, ended);
}

export function startsWith(bytes: Uint8Array, ascii: string, at = 0): boolean {
  for (let i = 0; i < ascii.length; i++) {
    if (bytes[at + i] !== ascii.charCodeAt(i)) return false;
  }
  return true;
}

const LESS_THAN = 0x3c;
const OPEN_BRACE = 0x7b;
const CONTROL = /[^\P{Cc}\s]/u; // control characters that are not white space

/**
 * HTML or JSON: sixteen bytes of valid UTF-8 without control characters that begin with `<` or `{`. As samples they
 * would be a sustained, very loud sound: the high byte of quiet samples is a control character or invalid UTF-8.
 */
function looksLikeText(head: Uint8Array): boolean {
  const beginning = head.subarray(0, TEXT_BYTES);
  if (!beginning.includes(LESS_THAN) && !beginning.includes(OPEN_BRACE)) return false;
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    const text = decoder.decode(beginning, { stream: true }); // may end inside a character
    return /^\s*[<{]/.test(text) && !CONTROL.test(text);
  } catch {
    return false;
  }
}

/**
 * MP3 without an ID3 tag. One frame header is not enough: quiet PCM often begins with FF FB (the sample -1025), so
 * the next header must stand where the first says it does.
 */
function suspectMpeg(head: Uint8Array, ended: boolean): Suspicion {
  const length = mpegFrameLength(head);
  if (length === undefined) return undefined;
  if (head.length < length + MPEG_HEADER_BYTES) return ended ? undefined : 'more';
  const next = head.subarray(length);
  const sameStream =
    next[0] === head[0] && next[1] === head[1] && (next[2] ?? 0) >> 2 === (head[2] ?? 0) >> 2;
  return sameStream && mpegFrameLength(next) !== undefined ? 'mp3' : undefined;
}

const MPEG_HEADER_BYTES = 4;

/** kbit/s by header index, ISO 11172-3 (MPEG-1) and 13818-3 (MPEG-2) layer III; 0 is not a frame we can follow. */
const MPEG1_KBITS = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0];
const MPEG2_KBITS = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0];
const MPEG1_RATES = [44_100, 48_000, 32_000, 0];

/** Bytes of the layer III frame that begins here; undefined when none does. */
function mpegFrameLength(bytes: Uint8Array): number | undefined {
  const [sync = 0, layout = 0, coding = 0] = bytes;
  if (sync !== 0xff || (layout & 0xe6) !== 0xe2) return undefined;
  const version = (layout >> 3) & 3; // 3 is MPEG-1, 2 is MPEG-2, 0 is MPEG-2.5, 1 is reserved
  const mpeg1 = version === 3;
  const kbits = (mpeg1 ? MPEG1_KBITS : MPEG2_KBITS)[coding >> 4] ?? 0;
  const baseRate = MPEG1_RATES[(coding >> 2) & 3] ?? 0;
  if (version === 1 || kbits === 0 || baseRate === 0) return undefined;
  const rate = mpeg1 ? baseRate : version === 2 ? baseRate / 2 : baseRate / 4;
  const padding = (coding >> 1) & 1;
  return Math.floor(((mpeg1 ? 144_000 : 72_000) * kbits) / rate) + padding;
}
