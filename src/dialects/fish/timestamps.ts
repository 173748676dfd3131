import type { Clock } from '../../core/ports.ts';
import { toBase64 } from '../../http/audio-bytes.ts';
import { errorOf, meaningOf } from '../../http/error-response.ts';
import { event, waitAlive } from '../../http/sse.ts';
import { timeSegment } from '../../speech/captions/captions.ts';
import type { DeliveryProgress } from '../../speech/delivery-progress.ts';
import type { Speech } from '../../speech/synthesize.ts';
import { pullStream } from '../../stream/pull.ts';
import { fishErrorBody } from './error-body.ts';

/** What is said in one stretch of audio and when, in seconds from the start of that stretch (docs/api.md). */
interface Alignment {
  /** The text of the stretch; empty while it is not known. */
  readonly content: string;
  readonly alignment: {
    readonly segments: readonly { readonly text: string; readonly start: number; readonly end: number }[];
    readonly audio_duration: number;
  } | null;
  /** Number of the stretch: a later alignment of the same number replaces an earlier one. */
  readonly chunk_seq: number;
  /** Where the stretch begins in all of the audio. */
  readonly chunk_audio_offset_sec: number;
}

/** Follows a speech and gives the alignments that became known since it was asked last: at least one. */
export function createAligner(progress: DeliveryProgress): () => [...Alignment[], Alignment] {
  let told = 0;
  return () => {
    const fresh = progress
      .segments()
      .slice(told)
      .map((segment, index) => {
        const { text, start, end, words } = timeSegment(segment, progress.rate);
        const offset = rounded(start);
        return {
          content: text,
          alignment: {
            segments: words.map(({ word, ...time }) => {
              return { text: word, start: rounded(time.start - start), end: rounded(time.end - start) };
            }),
            audio_duration: rounded(end - start),
          },
          chunk_seq: told + index,
          chunk_audio_offset_sec: offset,
        };
      });
    told += fresh.length;
    const last = fresh.pop();
    if (last) return [...fresh, last];
    const unknown = { content: '', alignment: null, chunk_audio_offset_sec: rounded(progress.seconds) };
    return [{ ...unknown, chunk_seq: Math.max(0, told - 1) }];
  };
}

/** The Fish Audio cloud's stream of `POST /v1/tts/stream/with-timestamp`: server-sent events with audio in base64. */
export function timestampEvents(
  speech: Speech,
  options: { readonly clock: Clock; readonly onFailure: (cause: unknown) => void },
): ReadableStream<Uint8Array> {
  const reader = speech.body.getReader();
  const align = createAligner(speech.progress);
  return pullStream(
    async function* () {
      try {
        for (;;) {
          const { done, value } = yield* waitAlive(reader.read(), options.clock);
          const alignments = align();
          const last = alignments.at(-1);
          for (const alignment of alignments) {
            if (alignment !== last) yield event({ audio_base64: '', ...alignment });
          }
          if (done) {
            if (last?.alignment) yield event({ audio_base64: '', ...last });
            return;
          }
          yield event({ audio_base64: toBase64(value), ...last });
        }
      } catch (cause) {
        options.onFailure(cause);
        yield event(fishErrorBody(meaningOf(errorOf(cause))), 'error');
      }
    },
    async () => {
      await reader.cancel().catch(() => {}); // harmless on a body that has ended
    },
  );
}

/** Seconds, to the millisecond. */
function rounded(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
