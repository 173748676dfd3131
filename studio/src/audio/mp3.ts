/** Of MPEG-1 and MPEG-2, layer III, in kbit/s (ISO 11172-3 and 13818-3). */
const bitrates = {
  1: [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320],
  2: [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160],
};

/** How long an MP3 of one bit rate is: the server's are. */
export function mp3Seconds(head: Uint8Array, bytes: number): number {
  const at = head.findIndex((byte, index) => byte === 0xff && ((head[index + 1] ?? 0) & 0xe6) === 0xe2);
  const version = ((head[at + 1] ?? 0) & 0x08) !== 0 ? 1 : 2;
  const kilobits = bitrates[version][(head[at + 2] ?? 0) >> 4];
  return at < 0 || !kilobits ? 0 : (bytes * 8) / (kilobits * 1000);
}

export interface Mark {
  readonly title: string;
  readonly startMs: number;
  readonly endMs: number;
}

const text = new TextEncoder();
const UTF8 = 3;

/** A tag (ID3v2.4 with its addendum for chapters) that is put before an MP3. */
export function chapterTag(title: string, marks: readonly Mark[]): Blob {
  const ids = marks.map((_, index) => text.encode(`chp${index}\0`));
  const list = frame('CTOC', [text.encode('toc\0'), new Uint8Array([3, marks.length & 0xff]), ...ids]);
  const chapters = marks.map(({ title: name, startMs, endMs }, index) => {
    const times = [startMs, endMs, 0xffff_ffff, 0xffff_ffff].map((value) => number(value));
    return frame('CHAP', [ids[index] ?? new Uint8Array(), ...times, frame('TIT2', [words(name)])]);
  });
  // A table of contents counts its entries in one byte.
  const body = join([frame('TIT2', [words(title)]), ...(marks.length <= 255 ? [list, ...chapters] : [])]);
  return new Blob([text.encode('ID3'), new Uint8Array([4, 0, 0]), synchsafe(body.length), body]);
}

function words(value: string): Uint8Array<ArrayBuffer> {
  return join([new Uint8Array([UTF8]), text.encode(value)]);
}

function frame(id: string, parts: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  const body = join(parts);
  return join([text.encode(id), synchsafe(body.length), new Uint8Array(2), body]);
}

function number(value: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, Math.round(value));
  return bytes;
}

/** Seven bits in each byte. */
function synchsafe(value: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array([21, 14, 7, 0].map((bits) => (value >> bits) & 0x7f));
}

function join(parts: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
