import { fromInt16, MAX_RATE, MIN_RATE } from '../pcm.ts';
import { openContainer, type Track } from './container.ts';
import { isFlac, openFlac } from './flac-file.ts';
import { createOpusDecoder } from './opus-packets.ts';
import { createPcmDecoder } from './pcm-packets.ts';
import { NoDecoder, type PacketDecoder, type Sound, Undecodable } from './sound.ts';

/**
 * Audio of a file, whatever it is called: WAV (also with the sizes of a stream), MP3, FLAC, Opus in Ogg, WebM or MP4.
 *
 * @param opusModule gives `wasm/opus.wasm` of @evan/opus 1.0.3
 * @throws Undecodable for anything else
 */
export async function openSound(
  bytes: Uint8Array,
  opusModule: () => Promise<WebAssembly.Module>,
): Promise<Sound> {
  if (isFlac(bytes)) return soundOfFlac(bytes);
  const track = await openContainer(bytes);
  if (!isPlayable(track)) throw new Undecodable(new Error(`Nobody plays ${track.rate} Hz.`));
  const decoder = await createDecoder(track, opusModule);
  return {
    rate: decoder.rate,
    channels: track.channels,
    seconds: track.seconds,
    async *pcm() {
      let isEmpty = true;
      try {
        for await (const packet of track.packets()) {
          isEmpty = false;
          yield fromInt16(attempt(() => decoder.decode(packet)));
        }
      } finally {
        decoder.free();
      }
      if (isEmpty) throw new Undecodable();
    },
  };
}

function isPlayable({ rate, channels }: { readonly rate: number; readonly channels: number }): boolean {
  return Number.isInteger(rate) && rate >= MIN_RATE && rate <= MAX_RATE && channels >= 1;
}

/** What a decoder throws is the file's fault; but a module that trapped is not to be used again by anybody. */
function attempt<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof Undecodable || error instanceof WebAssembly.RuntimeError) throw error;
    throw new Undecodable(error);
  }
}

async function createDecoder(
  track: Track,
  opusModule: () => Promise<WebAssembly.Module>,
): Promise<PacketDecoder> {
  if (track.codec === 'mp3') {
    const { createMp3Decoder } = await import('./mp3-packets.ts'); // its package cannot even be loaded on Workers
    return createMp3Decoder(track.rate);
  }
  if (track.codec === 'opus') return createOpusDecoder(track.description, await opusModule());
  const pcm = createPcmDecoder(track.codec, track.rate, track.channels);
  if (pcm) return pcm;
  throw new NoDecoder(new Error(`There is no decoder for ${track.codec}.`));
}

function soundOfFlac(bytes: Uint8Array): Sound {
  const { info, frames } = openFlac(bytes);
  if (!isPlayable(info)) throw new Undecodable(new Error(`Nobody plays ${info.rate} Hz.`));
  return {
    rate: info.rate,
    channels: info.channels,
    seconds: info.samples > 0 ? info.samples / info.rate : undefined,
    async *pcm() {
      for (const samples of frames()) yield fromInt16(samples);
    },
  };
}
