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
