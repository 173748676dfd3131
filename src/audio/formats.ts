import { createAacEncoder, nearestAacRate } from './aac.ts';
import { createResampler } from './dsp/resample.ts';
import { type Encoder, encodeFiltered } from './encoder.ts';
import { createFlacEncoder } from './flac/encoder.ts';
import { createG711Encoder, G711_RATE } from './g711.ts';
import { createMp3Encoder, nearestMp3Rate } from './mp3.ts';
import { OPUS_CLOCK } from './ogg-opus.ts';
import { createOpusEncoder, opusRateFor } from './opus.ts';
import { type Channels, checkRate } from './pcm.ts';
import { createPcmEncoder, createWavEncoder } from './wav.ts';

export type AudioFormat = 'wav' | 'pcm' | 'mp3' | 'opus' | 'aac' | 'flac' | 'ulaw' | 'alaw';

export interface EncoderOptions {
  readonly format: AudioFormat;
  /** Sample rate of the PCM in Hz. */
  readonly rate: number;
  readonly channels: Channels;
  /** Bytes of PCM in all, where they are known: makes exact headers. */
  readonly length?: number | undefined;
  /** In kbit/s, for formats that have one; the nearest one allowed is taken. */
  readonly bitrate?: number | undefined;
  /** Ogg's number of the stream, 32 bits: by lot when it is not given. With it, the same PCM gives the same bytes. */
  readonly serial?: number | undefined;
}

/** Gives the compiled module of a codec. */
export type CodecModules = (
  name: 'mp3' | 'opus' | 'aac' | 'resample' | 'stretch',
) => Promise<WebAssembly.Module>;

export interface FormatFacts {
  readonly contentType: string;
  /** File name extension, without the dot. */
  readonly extension: string;
  /** Whether the bytes are the PCM as it is, behind a head: then a runtime may move them by itself. */
  readonly verbatim: boolean;
  /** The sample rate in Hz that comes out for `rate` going in. */
  encodedRate(rate: number): number;
  create(options: EncoderOptions, wasm: CodecModules): Encoder | Promise<Encoder>;
}

/** Every format there is: a new one is a row here. */
export const audioFormats: Readonly<Record<AudioFormat, FormatFacts>> = {
  wav: {
    contentType: 'audio/wav',
    extension: 'wav',
    verbatim: true,
    encodedRate: (rate) => rate,
    create: ({ rate, channels, length }) => createWavEncoder({ rate, channels, dataBytes: length }),
  },
  pcm: {
    contentType: 'audio/pcm',
    extension: 'pcm',
    verbatim: true,
    encodedRate: (rate) => rate,
    create: ({ channels }) => createPcmEncoder(channels),
  },
  mp3: {
    contentType: 'audio/mpeg',
    extension: 'mp3',
    verbatim: false,
    encodedRate: nearestMp3Rate,
    async create(options, wasm) {
      const lame = await wasm('mp3');
      return encodeAt(nearestMp3Rate(options.rate), options, wasm, (rate) =>
        createMp3Encoder({ ...options, rate }, lame),
      );
    },
  },
  opus: {
    contentType: 'audio/ogg; codecs=opus', // RFC 7845, section 9
    extension: 'opus',
    verbatim: false,
    encodedRate: () => OPUS_CLOCK, // what every decoder makes of it
    async create(options, wasm) {
      const libopus = await wasm('opus');
      return encodeAt(opusRateFor(options.rate), options, wasm, (rate) =>
        createOpusEncoder({ ...options, rate, inputRate: options.rate }, libopus),
      );
    },
  },
  aac: {
    contentType: 'audio/aac',
    extension: 'aac',
    verbatim: false,
    encodedRate: nearestAacRate,
    async create(options, wasm) {
      const ffmpeg = await wasm('aac');
      return encodeAt(nearestAacRate(options.rate), options, wasm, (rate) =>
        createAacEncoder({ ...options, rate }, ffmpeg),
      );
    },
  },
  flac: {
    contentType: 'audio/flac',
    extension: 'flac',
    verbatim: false,
    encodedRate: (rate) => rate,
    create: ({ rate, channels, length }) => createFlacEncoder({ rate, channels, dataBytes: length }),
  },
  ulaw: g711('ulaw', 'audio/basic'), // RFC 2046, 4.2: this law, at 8 kHz, one channel
  alaw: g711('alaw', 'audio/x-alaw-basic'),
};

/** Telephones have one rate and one channel: the rate that is asked for says nothing. */
function g711(law: 'ulaw' | 'alaw', contentType: string): FormatFacts {
  return {
    contentType,
    extension: law,
    verbatim: false,
    encodedRate: () => G711_RATE,
    create: (options, wasm) =>
      encodeAt(G711_RATE, options, wasm, () => createG711Encoder(law, options.channels)),
  };
}

/** The encoder that `create` makes for `rate`, behind a resampler where the PCM has another. */
async function encodeAt(
  rate: number,
  { rate: from, channels }: EncoderOptions,
  wasm: CodecModules,
  create: (rate: number) => Encoder,
): Promise<Encoder> {
  if (rate === from) return create(rate);
  const speex = await wasm('resample');
  const encoder = create(rate);
  try {
    return encodeFiltered(createResampler(from, rate, channels, speex), encoder);
  } catch (error) {
    encoder.close();
    throw error;
  }
}

export function isAudioFormat(value: string): value is AudioFormat {
  return Object.hasOwn(audioFormats, value);
}

/** @throws RangeError for a rate that no filter takes. */
export async function createEncoder(options: EncoderOptions, wasm: CodecModules): Promise<Encoder> {
  checkRate(options.rate);
  return audioFormats[options.format].create(options, wasm);
}
