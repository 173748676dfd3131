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
  return hashOfMeaning(await meaningOf(request, speaker), createHash);
}

/**
 * `meaning`, as `meaningOf` gives it, in 64 hex digits.
 * @param createHash takes no thread for it: WebCrypto does on a machine, and threads are what speech is made with
 */
export async function hashOfMeaning(
  meaning: string,
  createHash?: Ports['createHash'] | undefined,
): Promise<string> {
  const bytes = new TextEncoder().encode(meaning);
  if (!createHash) return sha256(bytes);
  const hash = createHash();
  await hash.update(bytes);
  return hexOf(await hash.digest());
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

/** All parts of a text carry the same reference. */
const hashes = new WeakMap<Uint8Array, Promise<string>>();

function hashOf(audio: Uint8Array): Promise<string> {
  const hash = hashes.get(audio) ?? sha256(audio);
  hashes.set(audio, hash);
  return hash;
}

async function sha256(bytes: Uint8Array): Promise<string> {
  return hexOf(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)));
}

function hexOf(digest: Uint8Array): string {
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
