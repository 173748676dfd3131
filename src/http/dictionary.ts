import { fittingPronunciations, type Pronunciation } from '../speech/pronounce.ts';
import type { SpeechRequest } from '../speech/request.ts';
import { resolveVoice, type Voice } from '../speech/voices.ts';
import type { RecordStore } from '../state/store.ts';

const collection = 'pronunciations';
/** How long the list is believed: another server may have changed it. */
const believedMs = 1000;
export const maxPronunciations = 1000;

/** The words whose pronunciation was taught. */
export interface Dictionary {
  list(): Promise<readonly Pronunciation[]>;
  get(id: string): Promise<Pronunciation | undefined>;
  /** False when the dictionary is full. */
  add(entry: Pronunciation): Promise<boolean>;
  delete(id: string): Promise<boolean>;
  /** `request` with its words said as taught, for the voice that will speak. */
  apply(request: SpeechRequest): Promise<SpeechRequest>;
}

/** @param voices of the engine: asked only when an entry is for one voice or language */
export function createDictionary(
  records: RecordStore,
  voices: () => Promise<readonly Voice[]>,
  now: () => number,
): Dictionary {
  let known: { readonly at: number; readonly entries: readonly Pronunciation[] } | undefined;
  let changes = 0;
  let readAt = 0; // which of them `known` has seen
  const read = async (): Promise<readonly Pronunciation[]> =>
    (await records.list(collection)).map(({ value }) => value as Pronunciation);
  /** Each request reads for itself: on Workers a promise of another request may never settle. */
  const list = async (): Promise<readonly Pronunciation[]> => {
    if (known && readAt === changes && now() - known.at <= believedMs) return known.entries;
    const before = changes;
    const entries = await read();
    known = { at: now(), entries };
    readAt = before;
    return entries;
  };
  return {
    list,
    get: async (id) => (await records.get(collection, id)) as Pronunciation | undefined,
    async add(entry) {
      if ((await read()).length >= maxPronunciations) return false;
      await records.put(collection, entry.id, entry);
      changes++;
      return true;
    },
    async delete(id) {
      const wasThere = await records.delete(collection, id);
      changes++;
      return wasThere;
    },
    async apply(request) {
      const entries = await list().catch(() => known?.entries ?? []); // a store that is away stops no speech
      if (entries.length === 0) return request;
      const isParticular = entries.some(
        ({ voice, language }) => voice !== undefined || language !== undefined,
      );
      const voice = isParticular ? await voiceOf(request, voices) : undefined;
      const text = request.more ? undefined : request.text; // the rest of it is not written yet
      const taught = fittingPronunciations(text, entries, voice);
      return taught.length > 0 ? { ...request, taught } : request;
    },
  };
}

/** An unknown voice is refused later, by the engine. */
async function voiceOf(
  request: SpeechRequest,
  voices: () => Promise<readonly Voice[]>,
): Promise<Voice | undefined> {
  try {
    return resolveVoice(request.voice, await voices());
  } catch {
    return undefined;
  }
}
