import type { Ports } from '../../ports.ts';
import type { SpeechRequest } from '../../speech/request.ts';
import type { BlobStore } from '../../state/store.ts';
import { pullStream } from '../../stream/pull.ts';
import type { PcmStream, Policy } from '../engine.ts';
import { type CachedSpeech, SpeechRecorder, unpackSpeech } from './cached-speech.ts';
import { withOpen } from './opening.ts';

export interface CacheOptions {
  /** Who speaks: said of what is kept, and part of what `purgeVoice` drops. */
  readonly engine: string;
  readonly blobs: BlobStore;
  readonly maxAgeMs: number;
  /** Equal for requests that may share their speech; undefined for one whose speech is not kept. */
  readonly key: (request: SpeechRequest) => Promise<string | undefined>;
  /** Bytes of PCM; longer speech is not kept. The store's own bound holds too. */
  readonly maxBytes?: number | undefined;
}

export interface SpeechCache {
  readonly policy: Policy;
  /** Drops what a voice said; what is being made at this moment is not kept either. Never throws. */
  purgeVoice(voice: string): Promise<void>;
}

/** Values of another form are kept under another prefix. */
const PREFIX = 'speech:2:';
const MAX_BYTES = 8 * 1024 * 1024;
/** A store that takes longer is no help: an engine's first audio is not much further away. */
const LOOKUP_MS = 250;
/** Whole frames of any kind, and little enough that an encoder does not hold up everybody else over one chunk. */
const CHUNK_BYTES = 64 * 1024;

interface Kept extends CachedSpeech {
  readonly ageMs: number;
}

/** Keeps speech that was made to its end and answers from what is kept. Whatever the store fails at is a miss. */
export function createSpeechCache(
  options: CacheOptions,
  ports: Pick<Ports, 'clock' | 'background'>,
): SpeechCache {
  const { engine, blobs, maxAgeMs } = options;
  const tagOf = (voice: string): string => `voice:${engine}:${voice}`;
  const maxBytes = Math.min(options.maxBytes ?? MAX_BYTES, blobs.abilities.maxValueBytes);
  let purges = 0;

  const look = async (key: string): Promise<Kept | undefined> => {
    let callOff = (): void => {};
    const tooLong = new Promise<undefined>((resolve) => {
      callOff = ports.clock.alarm(LOOKUP_MS, () => resolve(undefined));
    });
    const getting = blobs.get(key).catch(() => undefined);
    const found = await Promise.race([getting, tooLong]).finally(callOff);
    const speech = found && unpackSpeech(found.bytes);
    return speech && { ...speech, ageMs: found.ageMs };
  };
  const policy: Policy = (inner) =>
    withOpen(inner, async (request, signal) => {
      const fingerprint = await options.key(request);
      const key = fingerprint && PREFIX + fingerprint;
      const kept = key && (await look(key));
      if (kept) return replayKept(kept, engine);
      request.onCacheMiss?.();
      if (!key) return inner.open(request, signal);
      const purgesBefore = purges;
      return recorded(await inner.open(request, signal), maxBytes, (bytes) => {
        if (purges !== purgesBefore) return; // it may be a voice that is another now
        const putting = blobs.put(key, bytes, { maxAgeMs, tags: [tagOf(request.voice ?? '')] });
        const done = putting.catch(() => {});
        ports.background?.(done);
      });
    });
  return {
    policy,
    async purgeVoice(voice) {
      purges += 1;
      await blobs.purge(tagOf(voice)).catch(() => {});
    },
  };
}

function replayKept({ pcm, words, ageMs, ...form }: Kept, engine: string): PcmStream {
  const body = pullStream(async function* () {
    // copies: the store shares its bytes
    for (let at = 0; at < pcm.length; at += CHUNK_BYTES) yield pcm.slice(at, at + CHUNK_BYTES);
  });
  const cache = { state: 'hit', ageMs } as const;
  return { ...form, engine, length: pcm.length, words: () => words, cache, body };
}

/** `stream` with a record of it given to `keep` when it ends well. It has to pass here, so nothing else may move it. */
function recorded(stream: PcmStream, maxBytes: number, keep: (bytes: Uint8Array) => void): PcmStream {
  const { rate, channels, engine, length, queueMs, voiceConfirmed, prosody, words } = stream;
  const recorder = new SpeechRecorder({ rate, channels, prosody, voiceConfirmed }, maxBytes);
  const reader = stream.body.getReader();
  const body = pullStream(
    async function* () {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        recorder.push(value);
        yield value;
      }
      const speech = recorder.end(words?.());
      if (speech) keep(speech);
    },
    () => reader.cancel().catch(() => {}), // harmless on a body that has ended
  );
  const cache = { state: 'miss' } as const;
  return { rate, channels, engine, length, queueMs, voiceConfirmed, prosody, words, cache, body };
}
