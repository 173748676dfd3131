/** Knows by their first bytes the bodies that are not PCM, whatever their content type says. */

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

const CONTROL = /[^\P{Cc}\s]/u; // control characters that are not white space

/**
 * HTML or JSON: sixteen bytes of valid UTF-8 without control characters that begin with `<` or `{`. As samples they
 * would be a sustained, very loud sound: the high byte of quiet samples is a control character or invalid UTF-8.
 */
function looksLikeText(head: Uint8Array): boolean {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    const text = decoder.decode(head.subarray(0, TEXT_BYTES), { stream: true }); // may end inside a character
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
