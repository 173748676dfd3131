/** WAV files of every legal and some illegal shapes, written independently of the code under test. */

function chunk(id: string, payload: Uint8Array, size: number = payload.length): Buffer {
  const head = Buffer.alloc(8);
  head.write(id, 0, 'latin1');
  head.writeUInt32LE(size, 4);
  return Buffer.concat([head, payload, Buffer.alloc(payload.length % 2)]);
}

export interface WavShape {
  channels?: number;
  rate?: number;
  bits?: number;
  extensible?: boolean;
  /** Chunks between the format and the audio. */
  before?: readonly Uint8Array[];
  /** A chunk after the audio. */
  after?: Uint8Array | undefined;
  /** What the data chunk says about its size. */
  size?: number | 'true';
}

const PCM = 1;
const EXTENSIBLE = 0xfffe;

export function wavBytes(shape: WavShape, pcm: Uint8Array): Buffer {
  const {
    channels = 1,
    rate = 44_100,
    bits = 16,
    extensible = false,
    before = [],
    after,
    size = 'true',
  } = shape;
  const fmt = Buffer.alloc(extensible ? 40 : 16);
  fmt.writeUInt16LE(extensible ? EXTENSIBLE : PCM, 0);
  fmt.writeUInt16LE(channels, 2);
  fmt.writeUInt32LE(rate, 4);
  fmt.writeUInt32LE((rate * channels * bits) / 8, 8);
  fmt.writeUInt16LE((channels * bits) / 8, 12);
  fmt.writeUInt16LE(bits, 14);
  if (extensible) fmt.writeUInt16LE(PCM, 24);
  const inside = [
    chunk('fmt ', fmt),
    ...before.map((bytes) => chunk('LIST', bytes)),
    chunk('data', pcm, size === 'true' ? pcm.length : size),
    ...(after ? [chunk('LIST', after)] : []),
  ];
  return wrap(Buffer.concat(inside));
}

export function riff(...chunks: readonly (readonly [string, Uint8Array])[]): Buffer {
  return wrap(Buffer.concat(chunks.map(([id, payload]) => chunk(id, payload))));
}

function wrap(inside: Buffer): Buffer {
  return chunk('RIFF', Buffer.concat([Buffer.from('WAVE', 'latin1'), inside]));
}
