import * as library from 'mpg123-decoder';
import { FLOAT_STEP, mixDown } from './mix.ts';
import { type PacketDecoder, Undecodable } from './sound.ts';

/** Frames in a row that may be broken: a file that was cut begins in the middle, and a tag may stand between frames. */
const MAX_BROKEN = 64;

/** All of it: Bun's bundler drops exports that nobody names, although the package's own index calls them (1.4.4). */
const { MPEGDecoder } = { ...library };

/** MP3 frames to mono at their own rate. */
export async function createMp3Decoder(rate: number): Promise<PacketDecoder> {
  const mpg123 = new MPEGDecoder({ enableGapless: false });
  await mpg123.ready;
  let broken = 0;
  return {
    rate,
    decode(packet) {
      const { channelData, samplesDecoded, sampleRate, errors } = mpg123.decodeFrame(packet);
      broken = samplesDecoded > 0 ? 0 : broken + 1;
      if (broken > MAX_BROKEN) throw new Undecodable(new Error(errors[0]?.message));
      if (samplesDecoded > 0 && sampleRate !== rate)
        throw new Undecodable(new Error('The sample rate changes.'));
      return mixDown(channelData, FLOAT_STEP);
    },
    free: () => mpg123.free(),
  };
}
