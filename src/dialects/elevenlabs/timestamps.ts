import { joinBytes } from '../../core/bytes.ts';
import { toBase64 } from '../../http/audio-bytes.ts';
import { timeSegment } from '../../speech/captions/captions.ts';
import type { DeliveryProgress } from '../../speech/delivery-progress.ts';
import type { Speech } from '../../speech/synthesize.ts';
import { pullStream } from '../../stream/pull.ts';
import { Aligner, type Characters } from './alignment.ts';

/** Follows a speech: the characters that became known since it was asked last, with their times. */
export function createFollower(progress: DeliveryProgress, aligner: Aligner): () => Characters {
  let told = 0;
  return () => {
    const fresh = progress.segments().slice(told);
    told += fresh.length;
    return joined(fresh.map((segment) => aligner.say(timeSegment(segment, progress.rate))));
  };
}

export function joined(parts: readonly Characters[]): Characters {
  return {
    characters: parts.flatMap(({ characters }) => characters),
    starts: parts.flatMap(({ starts }) => starts),
    ends: parts.flatMap(({ ends }) => ends),
  };
}

/** As `/with-timestamps` and `/stream/with-timestamps` tell it. What is said is not normalised in writing: both are the same. */
function alignmentJson({ characters, starts, ends }: Characters): object {
  const alignment =
    characters.length === 0
      ? null
      : {
          characters,
          character_start_times_seconds: starts.map(toMilliseconds),
          character_end_times_seconds: ends.map(toMilliseconds),
        };
  return { alignment, normalized_alignment: alignment };
}

function toMilliseconds(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}

const lineEnd = '\n';

/** One JSON object a line, as audio comes: the official clients split at the end of lines. */
export function timestampLines(speech: Speech, text: string): ReadableStream<Uint8Array> {
  const reader = speech.body.getReader();
  const { follow, rest } = followWhole(speech.progress, text);
  const line = (audio: Uint8Array, characters: Characters): Uint8Array =>
    encode(`${JSON.stringify({ audio_base64: toBase64(audio), ...alignmentJson(characters) })}${lineEnd}`);
  return pullStream(
    async function* () {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        yield line(value, follow());
      }
      const last = joined([follow(), rest()]);
      if (last.characters.length > 0) yield line(new Uint8Array(), last);
    },
    () => reader.cancel().catch(() => {}), // harmless on a body that has ended
  );
}

/** The same in one object, written as audio comes: nothing of it is gathered. One that breaks off is no JSON. */
export function timestampObject(speech: Speech, text: string): ReadableStream<Uint8Array> {
  const reader = speech.body.getReader();
  const { follow, rest } = followWhole(speech.progress, text);
  return pullStream(
    async function* () {
      const known: Characters[] = [];
      let kept: Uint8Array = new Uint8Array();
      yield encode('{"audio_base64":"');
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        const bytes = joinBytes([kept, value]);
        const whole = bytes.length - (bytes.length % 3); // base64 without padding in between
        kept = bytes.slice(whole);
        yield encode(toBase64(bytes.subarray(0, whole)));
        known.push(follow());
      }
      const alignment = JSON.stringify(alignmentJson(joined([...known, follow(), rest()])));
      yield encode(`${toBase64(kept)}",${alignment.slice(1)}`);
    },
    () => reader.cancel().catch(() => {}),
  );
}

function followWhole(progress: DeliveryProgress, text: string): { follow(): Characters; rest(): Characters } {
  const aligner = new Aligner();
  aligner.write(text);
  return { follow: createFollower(progress, aligner), rest: () => aligner.rest(progress.seconds) };
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
