import { BYTES_PER_SAMPLE, FrameAligner, fromInt16, MAX_RATE, MIN_RATE } from '../pcm.ts';
import { isAiff, openAiff } from './aiff-file.ts';
import { openContainer, type Track } from './container.ts';
import { isFlac, openFlac } from './flac-file.ts';
import { createOpusDecoder } from './opus-packets.ts';
import { createPcmDecoder } from './pcm-packets.ts';
import {
  type DecoderParts,
  NoDecoder,
  OUTSIDE_RATE,
  type PacketDecoder,
  type Sound,
  Undecodable,
} from './sound.ts';

/**
 * Audio of a file, whatever it is called: WAV (also with the sizes of a stream), MP3, FLAC, AIFF, Opus in Ogg, WebM or MP4; and
 * AAC, Vorbis and whatever else these carry where `parts.outside` decodes it.
 *
 * @param signal stops what is decoded outside
 * @throws Undecodable for anything else
 */
export async function openSound(bytes: Uint8Array, parts: DecoderParts, signal: AbortSignal): Promise<Sound> {
  if (isFlac(bytes)) return soundOfFlac(bytes);
  if (isAiff(bytes)) return soundOfAiff(bytes);
  const track = await openContainer(bytes);
  if (!isPlayable(track)) throw new Undecodable(new Error(`Nobody plays ${track.rate} Hz.`));
  const decoder = await createDecoder(track, parts);
  if (!decoder) return soundFromOutside(track, parts, signal);
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

/** Undefined for a codec that nothing here decodes. */
async function createDecoder(track: Track, { opus }: DecoderParts): Promise<PacketDecoder | undefined> {
  if (track.codec === 'mp3') {
    const { createMp3Decoder } = await import('#mp3-decoder');
    return createMp3Decoder(track.rate);
  }
  if (track.codec === 'opus') return createOpusDecoder(track.description, await opus());
  return createPcmDecoder(track.codec, track.rate, track.channels);
}

/** Its first samples are waited for, so that what cannot be decoded is refused at once. */
async function soundFromOutside(
  track: Track,
  { outside }: DecoderParts,
  signal: AbortSignal,
): Promise<Sound> {
  const chunks = await outside?.(track.matroska(), signal);
  if (!chunks) throw new NoDecoder(new Error(`There is no decoder for ${track.codec}.`));
  const read = async (): Promise<IteratorResult<Uint8Array, void>> => {
    try {
      return await chunks.next();
    } catch (error) {
      throw error instanceof Undecodable ? error : new Undecodable(error);
    }
  };
  const first = await read();
  if (first.done) throw new Undecodable();
  return {
    rate: OUTSIDE_RATE,
    channels: track.channels,
    seconds: track.seconds,
    async *pcm() {
      const samples = new FrameAligner(BYTES_PER_SAMPLE);
      try {
        for (let next: IteratorResult<Uint8Array, void> = first; !next.done; next = await read())
          yield samples.push(next.value);
      } finally {
        await chunks.return();
      }
    },
  };
}

function soundOfAiff(bytes: Uint8Array): Sound {
  const { frames, ...info } = openAiff(bytes);
  if (!isPlayable(info)) throw new Undecodable(new Error(`Nobody plays ${info.rate} Hz.`));
  return {
    ...info,
    async *pcm() {
      for (const samples of frames()) yield fromInt16(samples);
    },
  };
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
