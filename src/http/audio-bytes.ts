import * as z from 'zod';

const dataPrefix = /^data:[^,]{0,128},/;
const BYTES_PER_QUANTUM = 3;
const CHARACTERS_PER_QUANTUM = 4;

/** Encoded audio in a body: bytes (msgpack, form file) or base64 of any flavour, of `maxBytes` at most. */
export function bytesField(name: string, maxBytes: number): z.ZodType<Uint8Array> {
  const bytes = z.unknown().transform((value, context) => {
    if (byteLength(value) > maxBytes) context.addIssue(`${name} must have at most ${maxBytes} bytes`);
    else {
      const audio = toBytes(value);
      if (audio) return audio;
      const missing = value === undefined || value === null;
      context.addIssue(missing ? `${name} is required` : `${name} must be audio bytes or base64`);
    }
    return z.NEVER;
  });
  return bytes.meta({ type: 'string', format: 'binary' }); // in the description of the API
}

/** The same where it must be audio already for the field to be taken. */
export function audioField(name: string, maxBytes: number): z.ZodType<Uint8Array> {
  return bytesField(name, maxBytes)
    .refine((bytes) => bytes.length > 0, { error: `${name} must not be empty`, abort: true })
    .refine(looksLikeAudio, { error: notAudio(name) });
}

export function notAudio(name: string): string {
  return `${name} must be WAV, MP3, FLAC, Ogg, M4A, AAC, AIFF, WMA or WebM audio`;
}

/** The decoded size of a text, at least; known before anything is decoded. */
function byteLength(value: unknown): number {
  if (value instanceof Uint8Array) return value.length;
  if (typeof value !== 'string') return 0;
  const prefix = dataPrefixOf(value).length;
  const padding = value.endsWith('==') ? 2 : value.endsWith('=') ? 1 : 0;
  return Math.floor(((value.length - prefix) * BYTES_PER_QUANTUM) / CHARACTERS_PER_QUANTUM) - padding;
}

/** What a data: address has before its base64; empty for all else. */
export function dataPrefixOf(text: string): string {
  return dataPrefix.exec(text)?.[0] ?? '';
}

/** Standard or URL-safe base64, padded or not, with or without a data: prefix. */
export function toBytes(value: unknown): Uint8Array | undefined {
  if (value instanceof Uint8Array) return value;
  if (typeof value !== 'string') return undefined;
  const base64 = value.replace(dataPrefix, '').replaceAll('-', '+').replaceAll('_', '/');
  let text: string;
  try {
    text = atob(base64);
  } catch {
    return undefined;
  }
  const bytes = new Uint8Array(text.length); // a loop: `from` with a callback takes ten times as long
  for (let index = 0; index < text.length; index++) bytes[index] = text.charCodeAt(index);
  return bytes;
}

/** Base64 of bytes, for answers in JSON. */
export function toBase64(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < bytes.length; at += BASE64_BLOCK) {
    parts.push(btoa(String.fromCharCode(...bytes.subarray(at, at + BASE64_BLOCK))));
  }
  return parts.join('');
}

/** A multiple of three, so that blocks join without padding; small enough for a call's arguments. */
const BASE64_BLOCK = 3 * 8192;

/**
 * Whether `bytes` begin as a file of audio does, in one of the containers that Fish-Speech opens (docs/fish-speech.md,
 * references, and WebM, which browsers record). It keeps text, pictures and random bytes away from the origin; it does not decode.
 */
export function looksLikeAudio(bytes: Uint8Array): boolean {
  return (
    signatures.some((parts) => parts.every(([at, magic]) => has(bytes, at, magic))) || isMpegFrame(bytes)
  );
}

type Magic = readonly [at: number, bytes: string];

/** Each line is one container; all its parts must be there. */
const signatures: readonly (readonly Magic[])[] = [
  [
    [0, 'RIFF'],
    [8, 'WAVE'],
  ],
  [
    [0, 'RF64'],
    [8, 'WAVE'],
  ], // EBU 3306: WAV beyond 4 GiB
  [
    [0, 'FORM'],
    [8, 'AIFF'],
  ],
  [
    [0, 'FORM'],
    [8, 'AIFC'],
  ],
  [[0, 'ID3']],
  [[0, 'fLaC']],
  [[0, 'OggS']],
  [[4, 'ftyp']], // ISO 14496-12: M4A, MP4
  [[0, 'ADIF']],
  [[0, '\x1a\x45\xdf\xa3']], // EBML: WebM, Matroska
  [[0, '\x30\x26\xb2\x75\x8e\x66\xcf\x11']], // ASF header object: WMA
];

function has(bytes: Uint8Array, at: number, magic: string): boolean {
  for (let index = 0; index < magic.length; index++) {
    if (bytes[at + index] !== magic.charCodeAt(index)) return false;
  }
  return true;
}

/** MP3 without a tag (layer III of ISO 11172-3) or AAC in ADTS (ISO 13818-7), by the fields of its first header. */
function isMpegFrame(bytes: Uint8Array): boolean {
  const [sync = 0, layout = 0, coding = 0] = bytes;
  if (bytes.length < MPEG_HEADER_BYTES || sync !== 0xff) return false;
  if ((layout & 0xf6) === 0xf0) return ((coding >> 2) & 0xf) < ADTS_RATES;
  const version = (layout >> 3) & 3;
  const isLayer3 = (layout & 0xe6) === 0xe2; // the other layers would take UTF-16 text, which begins FF FE
  return (
    isLayer3 &&
    version !== RESERVED_VERSION &&
    coding >> 4 !== BAD_BITRATE &&
    ((coding >> 2) & 3) !== BAD_RATE
  );
}

const MPEG_HEADER_BYTES = 4;
const ADTS_RATES = 13;
const RESERVED_VERSION = 1;
const BAD_BITRATE = 15;
const BAD_RATE = 3;
