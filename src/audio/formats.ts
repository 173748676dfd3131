import { type Encoder, encodeFiltered } from './encoder.ts';
import { createMp3Encoder, nearestMp3Rate } from './mp3.ts';
import { type Channels, checkRate } from './pcm.ts';
import { createResampler } from './resample.ts';
import { createPcmEncoder, createWavEncoder } from './wav.ts';

export type AudioFormat = 'wav' | 'pcm' | 'mp3';

export interface EncoderOptions {
  readonly format: AudioFormat;
  /** Sample rate of the PCM in Hz. */
  readonly rate: number;
  readonly channels: Channels;
  /** Bytes of PCM in all, where they are known: makes exact headers. */
  readonly length?: number | undefined;
  /** In kbit/s, for formats that have one; the nearest one allowed is taken. */
  readonly bitrate?: number | undefined;
}

/** Gives the compiled module of a codec. */
export type CodecModules = (name: 'mp3' | 'resample' | 'stretch') => Promise<WebAssembly.Module>;

export interface FormatFacts {
  readonly contentType: string;
  /** File name extension, without the dot. */
  readonly extension: string;
  /** The sample rate in Hz that comes out for `rate` going in. */
  encodedRate(rate: number): number;
  create(options: EncoderOptions, wasm: CodecModules): Encoder | Promise<Encoder>;
}

/** Every format there is: a new one is a row here. */
export const audioFormats: Readonly<Record<AudioFormat, FormatFacts>> = {
  wav: {
    contentType: 'audio/wav',
    extension: 'wav',
    encodedRate: (rate) => rate,
    create: ({ rate, channels, length }) => createWavEncoder({ rate, channels, dataBytes: length }),
  },
  pcm: {
    contentType: 'audio/pcm',
    extension: 'pcm',
    encodedRate: (rate) => rate,
    create: ({ channels }) => createPcmEncoder(channels),
  },
  mp3: {
    contentType: 'audio/mpeg',
    extension: 'mp3',
    encodedRate: nearestMp3Rate,
    async create(options, wasm) {
      const rate = nearestMp3Rate(options.rate);
      const lame = await wasm('mp3');
      if (rate === options.rate) return createMp3Encoder(options, lame);
      const speex = await wasm('resample');
      const encoder = createMp3Encoder({ ...options, rate }, lame);
      return encodeFiltered(createResampler(options.rate, rate, options.channels, speex), encoder);
    },
  },
};

export function isAudioFormat(value: string): value is AudioFormat {
  return Object.hasOwn(audioFormats, value);
}

/** @throws RangeError for a rate that no filter takes. */
export async function createEncoder(options: EncoderOptions, wasm: CodecModules): Promise<Encoder> {
  checkRate(options.rate);
  return audioFormats[options.format].create(options, wasm);
}
