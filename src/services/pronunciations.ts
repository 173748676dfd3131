import { invalid, SpeechFailure } from '../core/errors.ts';
import type { Clock } from '../core/ports.ts';
import type { Pronunciation, SpeechRequest } from '../core/request.ts';
import type { RecordStore } from '../core/store.ts';
import { resolveVoice, type Voice } from '../core/voices.ts';
import { mayHoldMore, type ShareRule } from '../speech/client-shares.ts';
import { fittingPronunciations } from '../speech/pronounce.ts';
import { type BelievedRecords, believeRecords } from './believed-records.ts';
import type { NamedKey } from './keys.ts';

const collection = 'pronunciations';
/** Part of the words that other servers may have taught since the list was read: nearer to its bounds it is read anew. */
const UNSEEN = 0.02;

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

type BelievedWords = BelievedRecords<OwnedPronunciation>;
type ByOwner = ReadonlyMap<string | undefined, readonly OwnedPronunciation[]>;

export function createDictionary({ records, share, voices, clock }: DictionaryParts): Dictionary {
  const words = believeRecords<OwnedPronunciation>(records, collection, clock);
  const places = new WordPlaces(words, share);
  let grouped: { readonly of: readonly OwnedPronunciation[]; readonly byOwner: ByOwner } | undefined;

  const byOwner = (all: readonly OwnedPronunciation[]): ByOwner => {
    if (grouped?.of !== all) grouped = { of: all, byOwner: Map.groupBy(all, ({ owner }) => owner) };
    return grouped.byOwner;
  };
  const get = async (id: string, user: DictionaryUser): Promise<OwnedPronunciation | undefined> => {
    const entry = (await records.get(collection, id)) as OwnedPronunciation | undefined;
    return entry && maySee(user, entry) ? entry : undefined;
  };

  return {
    get,
    async list(user) {
      return (await words.fresh()).filter((entry) => maySee(user, entry));
    },
    async add(entry, user, shared = user.owner === undefined) {
      if (shared && !user.mayShare) throw mayNotShare();
      if (!shared && user.owner === undefined) {
        throw invalid('shared must be true: what is taught without a key of a name is for all.', 'shared');
      }
      const owned: OwnedPronunciation = { ...entry, ...(!shared && { owner: user.owner }) };
      await places.take(owned);
      await words.put(entry.id, owned).finally(() => places.release(owned));
      return owned;
    },
    async delete(id, user) {
      const entry = await get(id, user);
      if (!entry) return false;
      if (entry.owner === undefined && !user.mayShare) throw mayNotShare();
      return words.delete(id);
    },
    async apply(request, owner) {
      // a store that is away stops no speech
      const entries = byOwner(await words.all().catch(() => words.known()));
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

/** Who may teach one more word. */
class WordPlaces {
  readonly #words: BelievedWords;
  readonly #share: DictionaryParts['share'];
  /** Words that are just being added: many at once must not get past the bounds together. */
  readonly #adding = new Set<OwnedPronunciation>();

  constructor(words: BelievedWords, share: DictionaryParts['share']) {
    this.#words = words;
    this.#share = share;
  }

  /** Nothing is awaited between the last look and the place that is taken. @throws SpeechFailure where there is none */
  async take(entry: OwnedPronunciation): Promise<void> {
    await this.#words.all();
    let { refused, isNear } = this.#look(entry.owner); // who writes on and on is refused for little
    if (!refused && isNear) {
      await this.#words.fresh();
      ({ refused } = this.#look(entry.owner));
    }
    if (refused) throw refused;
    this.#adding.add(entry);
  }

  release(entry: OwnedPronunciation): void {
    this.#adding.delete(entry);
  }

  /** What keeps `owner` from one more word: as far as is known, and were there so many more as other servers may have taught. */
  #look(owner: string | undefined): { readonly refused?: SpeechFailure; readonly isNear: boolean } {
    const share = this.#share;
    const all = new Map([...this.#words.known(), ...this.#adding].map((entry) => [entry.id, entry]));
    const total = all.size;
    if (total >= share.max)
      return {
        refused: invalid(`There are ${share.max} pronunciations already; delete some.`, 'word'),
        isNear: true,
      };
    let own = 0;
    for (const entry of all.values()) if (entry.owner === owner) own++;
    const mayHold = (unseen: number): boolean =>
      owner === undefined || mayHoldMore(share, own + unseen, total + unseen);
    const message = `This key holds its share of ${own} pronunciations; delete some.`;
    if (!mayHold(0)) return { refused: invalid(message, 'word'), isNear: true };
    const unseen = Math.ceil(share.max * UNSEEN);
    return { isNear: total + unseen >= share.max || !mayHold(unseen) };
  }
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
