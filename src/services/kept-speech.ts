import type { Engine } from '../core/engine.ts';
import type { Ports } from '../core/ports.ts';
import type { SpeechRequest } from '../core/request.ts';
import type { KeptBlob, StateStores } from '../core/store.ts';
import { resolveVoice } from '../core/voices.ts';
import { fingerprint } from '../speech/fingerprint.ts';
import { type CustomVoices, customVoiceTag } from './custom-voices.ts';
import type { Dictionary } from './pronunciations.ts';
import type { VoiceRevisions } from './voice-revisions.ts';

/**
 * What the speech of a request is made of now, in 64 hex digits: what was asked, the content of the voice and the words as
 * they are taught. Kept audio is served only while that is what it was made of. Undefined while it cannot be known: then
 * nothing is kept and nothing kept is served. `owner` is whose taught words are heard.
 */
export type Makings = (request: SpeechRequest, owner: string | undefined) => Promise<string | undefined>;

export interface MakingsParts {
  readonly engine: Engine;
  readonly dictionary: Dictionary;
  readonly voices: Pick<CustomVoices, 'find'>;
  /** Of the origins' reference voices. */
  readonly revisions: VoiceRevisions;
  readonly ports: Pick<Ports, 'createHash'>;
}

/** What keeps something for as long as its makings are the same needs. */
export interface KeepParts extends MakingsParts {
  readonly state: Pick<StateStores, 'blobs'>;
  readonly links: { readonly maxAgeMs: number };
  readonly ports: Pick<Ports, 'background' | 'createHash'>;
}

export function createMakings({
  engine,
  dictionary,
  voices: custom,
  revisions,
  ports,
}: MakingsParts): Makings {
  /** The list of origins is not asked: it may be slow, and their voices have no revision of their own. */
  const voiceOf = async (request: SpeechRequest, owner: string | undefined): Promise<string> => {
    const own = await custom.find(request.voice, owner);
    if (own) return `custom ${own.id}`; // which stands for all that is heard of it
    const voice = engine.voiceOf ? await engine.voiceOf(request.voice) : request.voice;
    const key = engine.voiceKey?.({ ...request, voice });
    if (key !== undefined) return key === '' ? '' : `${key}@${await revisions.of(voice ?? '')}`;
    const voices = await engine.voices();
    const { id, revision = '' } = resolveVoice(voice, voices);
    return `${id}@${revision}`;
  };
  return async (request, owner) => {
    try {
      const [voice, prepared] = await Promise.all([
        voiceOf(request, owner),
        dictionary.apply(request, owner),
      ]);
      const speaker = { engine: engine.id, upstreams: engine.identity?.(), voice };
      return await fingerprint(prepared, speaker, ports.createHash);
    } catch {
      return undefined;
    }
  };
}

/** Audio behind addresses, kept for as long as it is what its request would get. */
export interface AudioStorage {
  /** Where the audio of `request` lies under `name` now. @param owner whose taught words are heard in it */
  entryFor(name: string, request: SpeechRequest, owner: string | undefined): Promise<StoredAudio>;
}

export interface StoredAudio {
  /** Names what the audio is made of, quotes included. */
  readonly etag: string;
  find(): Promise<KeptBlob | undefined>;
  /** Nothing is kept when voice or dictionary changed while it was made. */
  put(bytes: Uint8Array): Promise<void>;
}

/** Of the hash that names it, as many digits as nobody meets twice. */
const ETAG_DIGITS = 32;

export function createAudioStorage(options: KeepParts): AudioStorage {
  const { state, links, ports, voices } = options;
  const makings = createMakings(options);
  return {
    async entryFor(name, request, owner) {
      const made = await makings(request, owner);
      const key = `${name}/${made}`;
      const keep = async (bytes: Uint8Array): Promise<void> => {
        if (made === undefined || (await makings(request, owner)) !== made) return;
        const own = await voices.find(request.voice, owner);
        const tags = own ? [customVoiceTag(own.id)] : [];
        await state.blobs.put(key, bytes, { maxAgeMs: links.maxAgeMs, tags });
      };
      return {
        etag: `"${(made ?? crypto.randomUUID()).slice(0, ETAG_DIGITS)}"`,
        find: async () => (made === undefined ? undefined : state.blobs.get(key)),
        put(bytes) {
          const kept = keep(bytes);
          ports.background?.(kept);
          return kept;
        },
      };
    },
  };
}
