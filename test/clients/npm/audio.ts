import { strict as assert } from 'node:assert';

export type Format = 'mp3' | 'opus' | 'aac' | 'flac' | 'wav' | 'pcm';

/** Three words: the origin's voice needs 0.9 s for them. */
export const input = 'One two three.';
const inputSeconds = 0.9;

const starts: Readonly<Record<Exclude<Format, 'pcm'>, (bytes: Uint8Array) => boolean>> = {
  mp3: ([first, second = 0]) => first === 0xff && (second & 0xe0) === 0xe0,
  aac: ([first, second = 0]) => first === 0xff && (second & 0xf0) === 0xf0,
  opus: (bytes) => ascii(bytes, 0) === 'OggS',
  flac: (bytes) => ascii(bytes, 0) === 'fLaC',
  wav: (bytes) => ascii(bytes, 0) === 'RIFF' && ascii(bytes, 8) === 'WAVE',
};

function ascii(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}

export function assertFormat(bytes: Uint8Array, format: Format): void {
  assert.ok(bytes.length > 2000, `${bytes.length} bytes of ${format}`);
  if (format !== 'pcm') assert.ok(starts[format](bytes), `no ${format}: ${bytes.subarray(0, 12)}`);
}

/** That headerless audio of `input` lasts as long as it should, at the rate that the client takes it to have. */
export function assertPcm(bytes: Uint8Array, rate: number): void {
  const seconds = bytes.length / 2 / rate;
  assert.ok(Math.abs(seconds - inputSeconds) < 0.2, `${seconds} s at ${rate} Hz, not ${inputSeconds}`);
}

/** Of a WAV file, as its head says. */
export function sampleRateOf(wav: Uint8Array): number {
  return new DataView(wav.buffer, wav.byteOffset).getUint32(24, true);
}
