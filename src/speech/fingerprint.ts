import { sha256 } from '../core/hash.ts';
import type { Ports } from '../core/ports.ts';
import type { SpeechRequest } from '../core/request.ts';

/** Who will speak: what a request does not say of it. */
export interface Speaker {
  /** Id of the engine, so that a stand-in's voice is never kept under another's name. */
  readonly engine: string;
  /** The voice and the revision of its content. */
  readonly voice: string;
  /** Which servers speak for the engine, where it is not this one: see `Engine.identity`. */
  readonly upstreams?: string | undefined;
}

/** Changes whenever the same fields mean other speech than before. */
const VERSION = 2;

/**
 * What is said and how, in 64 hex digits: equal for requests that may share their speech. Left out: who asks, how the
 * answer is delivered, the place of a part in its text, and seeds that the server chose by itself.
 */
export async function fingerprint(
  request: SpeechRequest,
  speaker: Speaker,
  createHash?: Ports['createHash'] | undefined,
): Promise<string> {
  return sha256(await meaningOf(request, speaker), createHash);
}

/** The same in plain, as long as the text: for a key in this process, where hashing would cost more than it saves. */
export async function meaningOf(
  request: SpeechRequest,
  { engine, voice, upstreams = '' }: Speaker,
): Promise<string> {
  const { sampling, text, pronunciations = [], phonemeOverrides = [] } = request;
  const references = [];
  for (const { audio, text: words } of request.references) {
    // The id of a custom voice stands for its recording, its transcript and its owner: no other key is served what it said.
    references.push([request.customVoice ?? (await hashOf(audio)), words.normalize('NFC')]);
  }
  return JSON.stringify([
    VERSION,
    engine,
    upstreams,
    voice,
    request.model ?? '',
    text.normalize('NFC').trim(),
    pronunciations,
    phonemeOverrides,
    request.speed,
    request.volumeDb ?? 0,
    request.seed ?? null,
    references,
    sampling.chunkLength,
    sampling.maxNewTokens,
    sampling.topP,
    sampling.repetitionPenalty,
    sampling.temperature,
    sampling.normalize,
  ]);
}

/**
 * All parts of a text carry the same reference, and so do all texts that began together. No promises, which others would wait for
 * in vain where the request that began to count is stopped.
 */
const hashes = new WeakMap<Uint8Array, string>();

async function hashOf(audio: Uint8Array): Promise<string> {
  const hash = hashes.get(audio) ?? (await sha256(audio));
  hashes.set(audio, hash);
  return hash;
}
