import { type AudioFormat, audioFormats } from '../audio/formats.ts';

export type { AudioFormat };

/** The names a client may ask for. */
export const audioFormatNames: readonly AudioFormat[] = Object.keys(audioFormats) as AudioFormat[];

/** How the client wants its audio. */
export interface Output {
  readonly format: AudioFormat;
  /** Sample rate in Hz; undefined keeps the voice's own. */
  readonly rate?: number | undefined;
  /** In kbit/s, for formats that have one: the nearest that the format knows; undefined is its usual one. */
  readonly bitrate?: number | undefined;
  /** Answer in one piece, with exact sizes, and no status before all of it exists. */
  readonly whole: boolean;
  /** Most bytes that may be gathered for an answer in one piece. */
  readonly maxWholeBytes: number;
}

export function contentTypeOf(format: AudioFormat): string {
  return audioFormats[format].contentType;
}
