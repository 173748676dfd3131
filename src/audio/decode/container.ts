import {
  ADTS,
  BufferSource,
  type EncodedPacket,
  EncodedPacketSink,
  Input,
  type InputAudioTrack,
  MATROSKA,
  MP3,
  MP4,
  OGG,
  type PacketRetrievalOptions,
  QTFF,
  WAVE,
  WEBM,
} from 'mediabunny';
import { toMatroska } from '#matroska';
import { Undecodable } from './sound.ts';

/** The first track of audio in a file. */
export interface Track {
  /** As WebCodecs' registry has it, or `pcm-s16` and the like. */
  readonly codec: string;
  /** Sample rate in Hz. */
  readonly rate: number;
  readonly channels: number;
  /** The codec's own header. */
  readonly description: Uint8Array | undefined;
  /** The whole length in seconds, where the file says it at its start or its end. */
  readonly seconds: number | undefined;
  packets(): AsyncGenerator<Uint8Array, void, void>;
  /** The same packets as a Matroska stream that has this track alone. */
  matroska(): AsyncGenerator<Uint8Array, void, void>;
  /** The seconds of each packet, which is not read for it. */
  durations(): AsyncGenerator<number, void, void>;
}

/**
 * Containers of the codecs that are decoded here or outside. FLAC of its own is read elsewhere: its last frame is lost here.
 */
const formats = [WAVE, MP3, OGG, WEBM, MATROSKA, MP4, QTFF, ADTS];
/** Codecs whose length has to be counted, packet by packet, unless the container says it. */
const countedByScan: ReadonlySet<string> = new Set(['mp3']);

/** @throws Undecodable for what is none of the containers, or has no audio */
export async function openContainer(bytes: Uint8Array): Promise<Track> {
  checkMp4(bytes);
  const input = new Input({ source: new BufferSource(bytes), formats });
  try {
    const track = await input.getPrimaryAudioTrack();
    const config = await track?.getDecoderConfig();
    const codec = track ? await track.getCodec() : null;
    if (!track || !config || codec === null) throw new Undecodable();
    return {
      codec,
      rate: config.sampleRate,
      channels: config.numberOfChannels,
      description: config.description === undefined ? undefined : toBytes(config.description),
      seconds: countedByScan.has(codec) ? undefined : await durationOf(track),
      packets: () => readPackets(track, ({ data }) => data, {}),
      matroska: () =>
        toMatroska(
          codec,
          config,
          readPackets(track, (packet) => packet, {}),
        ),
      durations: () => readPackets(track, ({ duration }) => duration, { metadataOnly: true }),
    };
  } catch (error) {
    throw error instanceof Undecodable ? error : new Undecodable(error);
  }
}

/** A file that was cut may not say it, and is read all the same. */
async function durationOf(track: InputAudioTrack): Promise<number | undefined> {
  try {
    return await track.computeDuration();
  } catch {
    return undefined;
  }
}

async function* readPackets<T>(
  track: InputAudioTrack,
  read: (packet: EncodedPacket) => T,
  options: PacketRetrievalOptions,
): AsyncGenerator<T, void, void> {
  const packets = new EncodedPacketSink(track).packets(undefined, undefined, options);
  for (;;) {
    const next = await packets.next().catch(() => undefined); // a file that was cut ends where it was cut
    if (!next || next.done) return;
    yield read(next.value);
  }
}

function toBytes(source: AllowSharedBufferSource): Uint8Array {
  return ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
}

/** Boxes that hold boxes, on the way to the tables (ISO 14496-12). */
const holders: ReadonlySet<string> = new Set([
  ...['moov', 'trak', 'mdia', 'minf', 'stbl', 'edts', 'moof', 'traf'],
]);
/** Tables, and the bytes of one entry. They begin with version, flags and their count. */
const tables: Readonly<Record<string, number>> = {
  stts: 8,
  ctts: 8,
  stsc: 12,
  stco: 4,
  co64: 8,
  stss: 4,
  elst: 12,
};
const HEADER_BYTES = 8;
const LARGE_HEADER_BYTES = 16;
const TABLE_HEADER_BYTES = 8;
/** Of all boxes that are looked at. */
const MAX_BOXES = 200_000;
/** In one run of a fragment, which need not have a byte for each: three hours of AAC at 96 kHz. */
const MAX_RUN = 2 ** 20;
const MAX_DEPTH = 8;

/**
 * Refuses an MP4 or QuickTime file whose tables claim more than there is: what reads them believes their counts, and would be at it
 * for minutes.
 *
 * @throws Undecodable
 */
function checkMp4(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let boxes = 0;
  const walk = (from: number, end: number, depth: number): void => {
    for (let at = from; at + HEADER_BYTES <= end; ) {
      if (++boxes > MAX_BOXES) throw new Undecodable(new Error('There are too many boxes.'));
      const name = nameOf(view, at + 4);
      const { body, next } = extentOf(view, at, end);
      if (holders.has(name) && depth < MAX_DEPTH) walk(body, next, depth + 1);
      else if (!isHonest(name, view, body, next)) throw new Undecodable(new Error(`${name} lies.`));
      at = next;
    }
  };
  if (nameOf(view, 4) === 'ftyp' || holders.has(nameOf(view, 4))) walk(0, bytes.length, 0);
}

/** Where a box's body begins, and where the next box does: at the latest at the end of what holds it. */
function extentOf(view: DataView, at: number, end: number): { body: number; next: number } {
  const size = view.getUint32(at);
  if (size === 1 && at + LARGE_HEADER_BYTES <= end) {
    const large = Number(view.getBigUint64(at + HEADER_BYTES));
    return { body: at + LARGE_HEADER_BYTES, next: Math.min(end, at + Math.max(large, LARGE_HEADER_BYTES)) };
  }
  const next = size === 0 ? end : at + Math.max(size, HEADER_BYTES);
  return { body: at + HEADER_BYTES, next: Math.min(end, next) };
}

function isHonest(name: string, view: DataView, body: number, end: number): boolean {
  const room = end - body - TABLE_HEADER_BYTES;
  if (name === 'trun') return room >= 0 && view.getUint32(body + 4) <= MAX_RUN;
  if (name === 'stsz') return hasRoomForSizes(view, body, end);
  const entryBytes = tables[name];
  if (entryBytes === undefined) return true;
  if (room < 0) return false;
  const count = view.getUint32(body + 4);
  if (count * entryBytes > room) return false;
  if (name === 'stts') return sum(view, body + TABLE_HEADER_BYTES, count, entryBytes) <= view.byteLength;
  if (name === 'stsc') return sum(view, body + TABLE_HEADER_BYTES + 4, count, entryBytes) <= view.byteLength;
  return true;
}

/** Sizes of samples: one for all, or one each. Every sample has a byte in the file. */
function hasRoomForSizes(view: DataView, body: number, end: number): boolean {
  const room = end - body - TABLE_HEADER_BYTES - 4;
  if (room < 0) return false;
  const [size, count] = [view.getUint32(body + 4), view.getUint32(body + 8)];
  return size === 0 ? count * 4 <= room : count * size <= view.byteLength;
}

function sum(view: DataView, from: number, count: number, step: number): number {
  let total = 0;
  for (let index = 0; index < count; index++) total += view.getUint32(from + index * step);
  return total;
}

function nameOf(view: DataView, at: number): string {
  if (at + 4 > view.byteLength) return '';
  return String.fromCharCode(...[0, 1, 2, 3].map((index) => view.getUint8(at + index)));
}
