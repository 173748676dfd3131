import { createTrimmer } from '../../audio/dsp/silence.ts';
import { frameBytes } from '../../audio/pcm.ts';
import { wavHeader } from '../../audio/wav.ts';
import { joinBytes } from '../../core/bytes.ts';
import { type PcmStream, type Policy, type SharedSound, withBody } from '../../core/engine.ts';
import type { StreamOutcome } from '../../core/ports.ts';
import type { Reference, SpeechRequest } from '../../core/request.ts';
import { namesNoVoice } from '../../core/voices.ts';
import { abortable, ClientGone } from '../../stream/cancel.ts';
import { chunksOf, pullStream } from '../../stream/pull.ts';
import { readUpTo } from '../../stream/read.ts';
import { Replay } from '../../stream/replay.ts';
import { decorate } from './opening.ts';

/** Of the first part: seven words take about three. More would cost the origin time with every part that follows. */
const MAX_SAMPLE_SECONDS = 15;
/** What a source may be ahead of a slow client while its sample is taken. */
const MAX_BYTES = 4 * 1024 * 1024;
/** Fish-Speech takes no seed for 0, and a signed number of 32 bits. */
const MAX_SEED = 2 ** 31 - 1;

export interface ContinuityOptions {
  /** Whether a name leaves the voice to the engine. */
  readonly isUnnamed?: ((voice: string | undefined) => boolean) | undefined;
}

/**
 * Keeps one voice through the parts of a text on an origin that speaks with another one at each request. All parts share a
 * seed. Where the client left the voice to the origin, the first part's audio and words are the reference of the others,
 * which wait for it; a first part that broke off, or takes longer than a sample may, leaves them the seed alone.
 */
export function continuity({ isUnnamed = namesNoVoice }: ContinuityOptions = {}): Policy {
  return (inner) => {
    const seeds = new WeakMap<object, number>();
    const samples = new WeakMap<object, () => Promise<Reference | undefined>>();

    const openFirst = async (
      utteranceId: object,
      request: SpeechRequest,
      signal: AbortSignal,
    ): Promise<PcmStream> => {
      const { promise: told, resolve: tell } = Promise.withResolvers<Sample | undefined>();
      let reference: Promise<Reference | undefined> | undefined;
      samples.set(utteranceId, () => {
        reference ??= told.then((sample) => sample?.()); // not before it is needed: the first audio goes first
        return reference;
      });
      try {
        const { stream, sample } = sampled(await inner.open(request, signal), request.text, signal);
        tell(sample);
        return stream;
      } catch (error) {
        samples.delete(utteranceId); // the next one is the first
        tell(undefined);
        throw error;
      }
    };

    return decorate(inner, async function continuityOpen(asked, signal) {
      const { utteranceId, voice, references } = asked;
      if (!utteranceId) return inner.open(asked, signal);
      const request = asked.seed === undefined ? { ...asked, ownSeed: seedOf(utteranceId, seeds) } : asked;
      if (!isUnnamed(voice) || references.length > 0) return inner.open(request, signal);
      const sample = samples.get(utteranceId);
      if (!sample) return openFirst(utteranceId, request, signal);
      const reference = await abortable(sample(), signal);
      return inner.open(
        reference ? { ...request, references: [reference], ownReferences: true } : request,
        signal,
      );
    });
  };
}

function seedOf(utteranceId: object, seeds: WeakMap<object, number>): number {
  const seed =
    seeds.get(utteranceId) ?? 1 + ((crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) % MAX_SEED);
  seeds.set(utteranceId, seed);
  return seed;
}

/** Makes the reference; undefined when the first part was not heard to its end. */
type Sample = () => Promise<Reference | undefined>;

/** `stream`, read as fast as it comes, and the reference that it makes. */
function sampled(
  stream: PcmStream,
  text: string,
  signal: AbortSignal,
): { stream: PcmStream; sample: Sample } {
  const { rate, channels, prosody, shared } = stream;
  const limit = MAX_SAMPLE_SECONDS * rate * frameBytes(channels);
  const changed = prosody !== undefined && prosody.speed !== 1; // it would be changed twice
  if (shared && !changed) return { stream, sample: sampleOf(shared, stream, text, limit) };
  const replay = new Replay(stream.body, { maxBytes: MAX_BYTES, eager: true });
  const given = new AbortController();
  const body = meter(replay.join(signal), (outcome) => {
    if (outcome !== 'finished') given.abort(new ClientGone());
  });
  const sampling = replay.join(given.signal);
  replay.shut();
  const read = readUpTo(sampling, limit).catch(() => undefined);
  const sample = async (): Promise<Reference | undefined> => {
    const { bytes, whole } = (await read) ?? {};
    return bytes && whole && !changed ? toReference(bytes, stream, text) : undefined;
  };
  return {
    stream: withBody(stream, body),
    sample,
  };
}

/** Of what several hear. The same object for all of them: what it is made of is not copied, trimmed and hashed for each. */
const references = new WeakMap<SharedSound, Reference>();

/** Made by whoever needs it first. */
function sampleOf(shared: SharedSound, stream: PcmStream, text: string, limit: number): Sample {
  const whole = shared.whole();
  return async () => {
    const pcm = await whole;
    const known = references.get(shared);
    if (known || !pcm || pcm.reduce((bytes, { length }) => bytes + length, 0) > limit) return known;
    const made = toReference(joinBytes(pcm), stream, text);
    if (made) references.set(shared, made);
    return made;
  };
}

function toReference(pcm: Uint8Array, { rate, channels }: PcmStream, text: string): Reference | undefined {
  const trimmer = createTrimmer(rate, channels);
  const speech = joinBytes([trimmer.push(pcm), trimmer.end()]);
  if (speech.length === 0) return undefined;
  return { audio: joinBytes([wavHeader({ rate, channels, dataBytes: speech.length }), speech]), text };
}

type Outcome = StreamOutcome['outcome'];

/** Hands `body` on unchanged and calls `finish` once, when it finished, failed or was cancelled. */
function meter(
  body: ReadableStream<Uint8Array>,
  finish: (outcome: Outcome) => void,
): ReadableStream<Uint8Array> {
  const reader = chunksOf(body);
  let outcome: Outcome = 'cancelled';
  return pullStream(
    async function* () {
      try {
        for (;;) {
          const { done, value } = await reader.read();
          if (done) break;
          yield value;
        }
        outcome = 'finished';
      } catch (error) {
        outcome = 'error';
        throw error;
      }
    },
    async () => {
      finish(outcome);
      await reader.cancel().catch(() => {}); // harmless on a body that has ended
    },
  );
}
