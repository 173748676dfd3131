/** The bytes are no audio that can be decoded here. */
export class Undecodable extends Error {
  constructor(cause?: unknown) {
    super('The audio cannot be decoded.', { cause });
    this.name = 'Undecodable';
  }
}

/** It is a file of audio, of a codec that nothing here decodes. */
export class NoDecoder extends Undecodable {
  override readonly name: string = 'NoDecoder';
}

/** What `openSound` decodes, as people call it. */
export const decodableFormats =
  'WAV, MP3, FLAC, AIFF, or Opus in Ogg, WebM or MP4, and AAC or Vorbis where the server has ffmpeg';

/**
 * A program outside of this process that decodes the one track of a Matroska stream to mono s16le at `OUTSIDE_RATE`, in chunks of any
 * length; undefined when it is not installed. `signal`, and leaving the chunks early, stop it. What it throws is the
 * stream's fault.
 */
export type DecodeOutside = (
  matroska: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
) => Promise<AsyncGenerator<Uint8Array, void, void> | undefined>;

/** Samples a second. */
export const OUTSIDE_RATE = 16_000;

/** What decodes besides the code here. */
export interface DecoderParts {
  /** Gives `wasm/opus.wasm` of @evan/opus 1.0.3. */
  readonly opus: () => Promise<WebAssembly.Module>;
  /** For codecs that have no decoder here. */
  readonly outside?: DecodeOutside | undefined;
}

/** Audio that is decoded while it is read. */
export interface Sound {
  /** Sample rate in Hz. */
  readonly rate: number;
  /** In the file. */
  readonly channels: number;
  /** The whole length in seconds, where the file says it. */
  readonly seconds: number | undefined;
  /** Mono s16le in chunks of any length. Frees the decoder at its end, also when it is left early. @throws Undecodable */
  pcm(): AsyncGenerator<Uint8Array, void, void>;
}

/** Turns one packet of a codec into mono samples. */
export interface PacketDecoder {
  readonly rate: number;
  decode(packet: Uint8Array): Int16Array;
  free(): void;
}
