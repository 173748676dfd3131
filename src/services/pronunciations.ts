import { invalid, SpeechFailure } from '../core/errors.ts';
import type { Clock } from '../core/ports.ts';
import type { Pronunciation, SpeechRequest } from '../core/request.ts';
import type { RecordStore } from '../core/store.ts';
import { resolveVoice, type Voice } from '../core/voices.ts';
import { mayHoldMore, type ShareRule } from '../speech/client-shares.ts';
import { fittingPronunciations } from '../speech/pronounce.ts';
import type { NamedKey } from './keys.ts';

const collection = 'pronunciations';
/** How long the list is believed: another server may have changed it. */
const BELIEVED_MS = 1000;

export interface OwnedPronunciation extends Pronunciation {
  /** Name of the key that taught it; undefined: it is for all. */
  readonly owner?: string | undefined;
}

/** Whose dictionary it is. */
export interface DictionaryUser {
  /** Name of the key; undefined where there are no names: such a user owns all. */
  readonly owner: string | undefined;
  readonly mayShare: boolean;
}

/** A server without keys belongs to whoever asks, one with a single key to that. */
export function dictionaryUser(key: NamedKey | undefined): DictionaryUser {
  if (!key || key.master) return { owner: undefined, mayShare: true };
  return { owner: key.name, mayShare: key.admin === true };
}

/** Whose words `key` hears besides those for all. */
export function ownerOf(key: NamedKey | undefined): string | undefined {
  return dictionaryUser(key).owner;
}

/** The words whose pronunciation was taught: each key's own, and those for all. */
export interface Dictionary {
  /** Those that `user` may see: its own and those for all. */
  list(user: DictionaryUser): Promise<readonly OwnedPronunciation[]>;
  get(id: string, user: DictionaryUser): Promise<OwnedPronunciation | undefined>;
  /**
   * @param shared whether it is for all; undefined where `user` did not say
   * @throws SpeechFailure when `user` may not, the dictionary is full, or its key has its share
   */
  add(entry: Pronunciation, user: DictionaryUser, shared: boolean | undefined): Promise<OwnedPronunciation>;
  /** False where there is none that `user` may see. @throws SpeechFailure for one that is for all where `user` may not change it */
  delete(id: string, user: DictionaryUser): Promise<boolean>;
  /** `request` with its words said as taught to `owner` and to all, for the voice that will speak. */
  apply(request: SpeechRequest, owner: string | undefined): Promise<SpeechRequest>;
}

export interface DictionaryParts {
  readonly records: RecordStore;
  /** How many words there may be in all, and the share of a key. */
  readonly share: ShareRule;
  /** Of the engine: asked only when an entry is for one voice or language. */
  readonly voices: () => Promise<readonly Voice[]>;
  readonly clock: Clock;
}

type ByOwner = ReadonlyMap<string | undefined, readonly OwnedPronunciation[]>;

export function createDictionary({ records, share, voices, clock }: DictionaryParts): Dictionary {
  const { now } = clock;
  let known: { readonly at: number; readonly entries: ByOwner } | undefined;
  let changes = 0;
  let readAt = 0; // which of them `known` has seen
  /** Words that are just being added: many at once must not get past the bounds together. */
  const adding = new Set<OwnedPronunciation>();

  const read = async (): Promise<readonly OwnedPronunciation[]> =>
    (await records.list(collection)).map(({ value }) => value as OwnedPronunciation);
  /** Each request reads for itself: on Workers a promise of another request may never settle. */
  const entriesByOwner = async (): Promise<ByOwner> => {
    if (known && readAt === changes && now() - known.at <= BELIEVED_MS) return known.entries;
    const before = changes;
    const entries = Map.groupBy(await read(), ({ owner }) => owner);
    known = { at: now(), entries };
    readAt = before;
    return entries;
  };
  const get = async (id: string, user: DictionaryUser): Promise<OwnedPronunciation | undefined> => {
    const entry = (await records.get(collection, id)) as OwnedPronunciation | undefined;
    return entry && maySee(user, entry) ? entry : undefined;
  };
  /** @param before words that others are adding, which came first */
  const checkRoom = (
    owner: string | undefined,
    before: readonly OwnedPronunciation[],
    known: readonly OwnedPronunciation[],
  ): void => {
    const all = new Map([...before, ...known].map((entry) => [entry.id, entry]));
    if (all.size >= share.max) {
      throw invalid(`There are ${share.max} pronunciations already; delete some.`, 'word');
    }
    const own = [...all.values()].filter((entry) => entry.owner === owner).length;
    if (owner !== undefined && !mayHoldMore(share, own, all.size)) {
      throw invalid(`This key holds its share of ${own} pronunciations; delete some.`, 'word');
    }
  };

  return {
    get,
    async list(user) {
      return (await read()).filter((entry) => maySee(user, entry));
    },
    async add(entry, user, shared = user.owner === undefined) {
      if (shared && !user.mayShare) throw mayNotShare();
      if (!shared && user.owner === undefined) {
        throw invalid('shared must be true: what is taught without a key of a name is for all.', 'shared');
      }
      const owned: OwnedPronunciation = { ...entry, ...(!shared && { owner: user.owner }) };
      const before = [...adding];
      adding.add(owned);
      try {
        checkRoom(owned.owner, before, [...(await entriesByOwner()).values()].flat()); // who writes on and on is refused for little
        checkRoom(owned.owner, before, await read());
        await records.put(collection, entry.id, owned).finally(() => changes++);
      } finally {
        adding.delete(owned);
      }
      return owned;
    },
    async delete(id, user) {
      const entry = await get(id, user);
      if (!entry) return false;
      if (entry.owner === undefined && !user.mayShare) throw mayNotShare();
      const wasThere = await records.delete(collection, id);
      changes++;
      return wasThere;
    },
    async apply(request, owner) {
      // a store that is away stops no speech
      const entries = await entriesByOwner().catch((): ByOwner => known?.entries ?? new Map());
      const own = owner === undefined ? [] : (entries.get(owner) ?? []);
      const all = entries.get(undefined) ?? [];
      if (own.length + all.length === 0) return request;
      const isParticular = [...own, ...all].some(
        ({ voice, language }) => voice !== undefined || language !== undefined,
      );
      const voice = isParticular ? await voiceOf(request, voices) : undefined;
      const text = request.more ? undefined : request.text; // the rest of it is not written yet
      const fitting = [own, all].flatMap((list) => fittingPronunciations(text, list, voice));
      const pronunciations = fitting.map(({ owner: _, ...entry }: OwnedPronunciation) => entry);
      return pronunciations.length > 0 ? { ...request, pronunciations } : request;
    },
  };
}

function maySee({ owner }: DictionaryUser, entry: OwnedPronunciation): boolean {
  return owner === undefined || entry.owner === undefined || entry.owner === owner;
}

function mayNotShare(): SpeechFailure {
  const message = 'This key may not change the pronunciations that all keys share.';
  return new SpeechFailure({ code: 'permission_denied', message });
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
