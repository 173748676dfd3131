import {
  AppendOnlyStreamTarget,
  type AudioCodec,
  EncodedAudioPacketSource,
  type EncodedPacket,
  MkvOutputFormat,
  Output,
} from 'mediabunny';
import { Undecodable } from './sound.ts';

/** Seconds of one packet, whatever the file says. */
const MIN_SECONDS = 0.001;
const MAX_SECONDS = 1;

/**
 * Packets of one track as a Matroska stream, made while it is read. Times are counted anew, packet by packet: those of a file may
 * lie, be negative or go back.
 *
 * @throws Undecodable for packets that do not fit their codec
 */
export async function* toMatroska(
  codec: AudioCodec,
  decoderConfig: AudioDecoderConfig,
  packets: AsyncGenerator<EncodedPacket, void, void>,
): AsyncGenerator<Uint8Array, void, void> {
  const made: Uint8Array[] = [];
  const writable = new WritableStream<Uint8Array>({
    write(chunk) {
      made.push(chunk);
    },
  });
  const target = new AppendOnlyStreamTarget(writable);
  const output = new Output({ format: new MkvOutputFormat({ appendOnly: true }), target });
  const source = new EncodedAudioPacketSource(codec);
  output.addAudioTrack(source);
  let timestamp = 0;
  let isFinal = false;
  try {
    await output.start();
    for await (const packet of packets) {
      await source.add(packet.clone({ timestamp, type: 'key' }), { decoderConfig });
      timestamp += Math.max(MIN_SECONDS, Math.min(packet.duration, MAX_SECONDS));
      yield* made.splice(0);
    }
    await output.finalize();
    isFinal = true;
    yield* made.splice(0);
  } catch (error) {
    throw new Undecodable(error);
  } finally {
    if (!isFinal) await output.cancel().catch(() => {});
  }
}
