/**
 * Whether a file that cannot be opened here is of a kind that others open: WMA, AAC in ADIF, FLAC behind a tag, Speex or FLAC
 * in Ogg, or WAV of another coding than PCM. Only its first bytes say so.
 */
export function isForeign(bytes: Uint8Array): boolean {
  if (has(bytes, 0, ASF_HEADER) || has(bytes, 0, 'ADIF')) return true;
  if (has(bytes, 0, 'ID3')) return has(bytes, afterTag(bytes), 'fLaC');
  if (has(bytes, 0, 'OggS')) {
    const packetAt = OGG_HEADER_BYTES + (bytes[OGG_SEGMENTS_AT] ?? 0);
    return has(bytes, packetAt, 'Speex   ') || has(bytes, packetAt, '\x7fFLAC');
  }
  return has(bytes, 8, 'WAVE') && isCoded(bytes);
}

const ASF_HEADER = '\x30\x26\xb2\x75\x8e\x66\xcf\x11';
/** RFC 3533, section 6. */
const OGG_SEGMENTS_AT = 26;
const OGG_HEADER_BYTES = 27;
/** ID3v2.4, section 3.1. */
const TAG_SIZE_AT = 6;
const TAG_HEADER_BYTES = 10;
/** PCM, floats, A-law, mu-law, and those in the extensible form (mmreg.h): what is opened here. */
const openCodings: ReadonlySet<number> = new Set([1, 3, 6, 7, 0xfffe]);
const FIRST_CHUNK_AT = 12;
const CHUNK_HEADER_BYTES = 8;

function has(bytes: Uint8Array, at: number, magic: string): boolean {
  for (let index = 0; index < magic.length; index++) {
    if (bytes[at + index] !== magic.charCodeAt(index)) return false;
  }
  return true;
}

function afterTag(bytes: Uint8Array): number {
  let size = 0;
  for (let at = TAG_SIZE_AT; at < TAG_HEADER_BYTES; at++) size = size * 128 + ((bytes[at] ?? 0) & 0x7f);
  return TAG_HEADER_BYTES + size;
}

function isCoded(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = FIRST_CHUNK_AT; at + CHUNK_HEADER_BYTES + 2 <= bytes.length; ) {
    if (has(bytes, at, 'fmt ')) return !openCodings.has(view.getUint16(at + CHUNK_HEADER_BYTES, true));
    const size = view.getUint32(at + 4, true);
    at += CHUNK_HEADER_BYTES + size + (size % 2);
  }
  return false;
}
