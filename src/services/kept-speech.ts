import type { SpeechRequest } from '../core/request.ts';
import type { KeptBlob } from '../core/store.ts';
import { createMakings, type KeepParts } from './makings.ts';

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
  const { state, links, ports } = options;
  const makings = createMakings(options);
  return {
    async entryFor(name, request, owner) {
      const made = await makings(request, owner);
      const key = `${name}/${made}`;
      const keep = async (bytes: Uint8Array): Promise<void> => {
        if (made === undefined || (await makings(request, owner)) !== made) return;
        await state.blobs.put(key, bytes, { maxAgeMs: links.maxAgeMs });
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
