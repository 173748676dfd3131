/** The audio of the fake origin: deterministic, so that tests can compare it byte for byte. */

const RATE = 44_100;
const PITCH_HZ = 440;
const LOUDNESS = 0.3;
const FULL_SCALE = 32_767;

/** The longest one made so far: a shorter one is its beginning. */
let longest: Uint8Array = new Uint8Array();

/** Mono s16le samples of a sine at 44.1 kHz, always the same for the same length. */
export function tone(seconds: number): Uint8Array {
  const samples = Math.round(seconds * RATE);
  if (longest.length < samples * 2) longest = makeTone(samples);
  return longest.slice(0, samples * 2);
}

function makeTone(samples: number): Uint8Array {
  const bytes = new Uint8Array(samples * 2);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < samples; i++) {
    const value = Math.sin((2 * Math.PI * PITCH_HZ * i) / RATE);
    view.setInt16(i * 2, Math.round(value * LOUDNESS * FULL_SCALE), true);
  }
  return bytes;
}

export type HeaderKind =
  | 'none'
  | 'exact'
  | 'unknown'
  | 'zero'
  | 'promises-more'
  | 'promises-less'
  | 'float'
  | 'listed';

function chunk(id: string, size: number, payload: Uint8Array = new Uint8Array()): Buffer {
  const head = Buffer.alloc(8);
  head.write(id, 0, 'latin1');
  head.writeUInt32LE(size, 4);
  return Buffer.concat([head, payload]);
}

function formatChunk(code: number): Buffer {
  const fmt = Buffer.alloc(16);
  fmt.writeUInt16LE(code, 0);
  fmt.writeUInt16LE(1, 2);
  fmt.writeUInt32LE(RATE, 4);
  fmt.writeUInt32LE(RATE * 2, 8);
  fmt.writeUInt16LE(2, 12);
  fmt.writeUInt16LE(16, 14);
  return chunk('fmt ', fmt.length, fmt);
}

const IEEE_FLOAT = 3;
const PCM = 1;
const STREAMED = 0xffff_ffff;
const LIST = chunk('LIST', 10, Buffer.from('INFOabcdef', 'latin1'));

/** A WAV file around `pcm`; the kinds other than `exact` are the headers that other servers send, or lies. */
export function wavFile(pcm: Uint8Array, kind: HeaderKind): Uint8Array {
  if (kind === 'none') return pcm;
  const sizes: Record<HeaderKind, number> = {
    none: 0,
    exact: pcm.length,
    unknown: STREAMED,
    zero: 0,
    'promises-more': pcm.length + 10_000,
    'promises-less': 1000,
    float: pcm.length,
    listed: pcm.length,
  };
  const size = sizes[kind];
  const parts: Uint8Array[] = [formatChunk(kind === 'float' ? IEEE_FLOAT : PCM)];
  if (kind === 'listed') parts.push(LIST);
  parts.push(chunk('data', size), pcm);
  if (kind === 'listed') parts.push(LIST);
  const inside = Buffer.concat(parts);
  const riffSize = size === STREAMED ? STREAMED : inside.length + 4;
  return Buffer.concat([chunk('RIFF', riffSize), Buffer.from('WAVE', 'latin1'), inside]);
}

/** `count` silent MPEG-1 layer III frames: 128 kbit/s, 44.1 kHz, mono. */
export function silentMp3(count: number): Uint8Array {
  const frame = Buffer.alloc(417);
  frame.set([0xff, 0xfb, 0x90, 0xc4]);
  return Buffer.concat(Array.from({ length: count }, () => frame));
}
