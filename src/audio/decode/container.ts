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
import { checkMp4 } from './mp4-tables.ts';
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
