import { type AudioFormat, audioFormats } from '../audio/formats.ts';
import { wavWithSizes } from '../audio/wav.ts';
import { joinBytes } from '../core/bytes.ts';
import { pullStream } from '../stream/pull.ts';

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

/**
 * Hands `body` on and gives all of it to `keep` once it came to its end, a WAV with its true sizes. What grows beyond
 * `limitBytes`, breaks off or is left by its reader is not kept.
 */
export function keepWhole(
  body: ReadableStream<Uint8Array>,
  limitBytes: number,
  keep: (bytes: Uint8Array) => void,
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let chunks: Uint8Array[] | undefined = [];
  let length = 0;
  return pullStream(
    async function* () {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        length += value.length;
        if (length > limitBytes) chunks = undefined;
        chunks?.push(value);
        yield value;
      }
      if (chunks) keep(wavWithSizes(joinBytes(chunks)));
    },
    () => reader.cancel().catch(() => {}),
  );
}
