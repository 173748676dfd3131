import { LRUCache } from 'lru-cache';
import type { Engine } from '../core/engine.ts';
import { invalid, SpeechFailure } from '../core/errors.ts';
import { sha256 } from '../core/hash.ts';
import type { Ports } from '../core/ports.ts';
import type { SpeechRequest } from '../core/request.ts';
import type { StateStores } from '../core/store.ts';
import { namesNoVoice, namesVoice } from '../core/voices.ts';
import { type BelievedRecords, believeRecords } from './believed-records.ts';
import type { CustomVoice, NewVoice, VoiceChange, VoiceUser } from './custom-voice.ts';
import { createVoiceFiles, type VoiceFiles } from './voice-files.ts';

const collection = 'voices';
/** Recordings in memory: each request for a voice needs its own, and they never change. */
const MAX_RECORDINGS_BYTES = 16 * 1024 * 1024;
const HASH_DIGITS = 32;
const idRule = /^voice_[0-9a-f]{32}$/;

/** What the blobs are tagged with that were made of a custom voice. */
export function customVoiceTag(id: string): string {
  return `custom-voice:${id}`;
}

/** Voices that clients made of recordings. Whoever asks for one that is another's gets the answer for one that does not exist. */
export interface CustomVoices {
  /** @throws SpeechFailure `not_supported` where nothing imitates a recording, or no voices are wanted */
  checkPossible(): void;
  /** A voice of the same recording, transcript and owner is the same voice: it is given back as it is. @throws SpeechFailure */
  add(voice: NewVoice, user: VoiceUser): Promise<{ readonly voice: CustomVoice; readonly isNew: boolean }>;
  /** How many there are, of all clients; a second old at most. */
  count(): Promise<number>;
  /** Those that `user` may see: its own and the shared ones, oldest first. */
  list(user: VoiceUser): Promise<readonly CustomVoice[]>;
  /** @throws SpeechFailure `voice_not_found` */
  get(id: string, user: VoiceUser): Promise<CustomVoice>;
  /** @throws SpeechFailure `voice_not_found`, `permission_denied`, `invalid_value` */
  change(id: string, change: VoiceChange, user: VoiceUser): Promise<CustomVoice>;
  /** Ends the voice, its recording, and what is kept of its speech. @throws SpeechFailure as `change` does */
  delete(id: string, user: VoiceUser): Promise<void>;
  /** The recording as a WAV file. @throws SpeechFailure `voice_not_found` */
  recording(voice: CustomVoice): Promise<Uint8Array>;
  /**
   * The custom voice that `owner` means by an id or a name; undefined where it means none.
   * @throws SpeechFailure `voice_not_found` for an id that is none of its
   */
  find(asked: string | undefined, owner: string | undefined): Promise<CustomVoice | undefined>;
  /** `request` with the recording to imitate. @throws SpeechFailure `not_supported`, `voice_not_found` */
  imitate(request: SpeechRequest, voice: CustomVoice): Promise<SpeechRequest>;
}

export interface CustomVoicesParts {
  readonly state: Pick<StateStores, 'records' | 'files' | 'blobs'>;
  readonly engine: Pick<Engine, 'voices' | 'clones' | 'purgeVoice'>;
  readonly ports: Pick<Ports, 'clock' | 'background'>;
  readonly rules: { readonly max: number; readonly maxPerKey: number };
  /** Told of each change that was made, for the log. */
  readonly onChange?: ((change: VoiceAudit) => void) | undefined;
}

export interface VoiceAudit {
  readonly action: 'created' | 'changed' | 'removed';
  readonly id: string;
  /** The name of the key that did it; undefined where none is asked for. */
  readonly by: string | undefined;
  readonly shared: boolean;
}

export function createCustomVoices(parts: CustomVoicesParts): CustomVoices {
  return new RecordedVoices(parts);
}

class RecordedVoices implements CustomVoices {
  readonly #parts: CustomVoicesParts;
  readonly #files: VoiceFiles;
  readonly #recordings = new LRUCache<string, Uint8Array>({
    maxSize: MAX_RECORDINGS_BYTES,
    sizeCalculation: ({ byteLength }) => Math.max(1, byteLength),
  });
  readonly #listed: BelievedRecords<CustomVoice>;
  /** Voices that are just being added: many at once must not get past the bounds together. */
  readonly #adding = new Set<CustomVoice>();

  constructor(parts: CustomVoicesParts) {
    const { state, ports } = parts;
    this.#parts = parts;
    this.#files = createVoiceFiles(state.files, ports);
    this.#listed = believeRecords<CustomVoice>(state.records, collection, ports.clock);
  }

  checkPossible(): void {
    const { rules, engine } = this.#parts;
    if (rules.max === 0) throw notSupported('This server keeps no voices of clients (voices.max is 0).');
    if (!(engine.clones?.() ?? false)) throw notSupported(noClones);
  }

  async add(
    asked: NewVoice,
    user: VoiceUser,
  ): Promise<{ readonly voice: CustomVoice; readonly isNew: boolean }> {
    this.checkPossible();
    if (asked.shared && !user.mayShare) throw mayNotShare();
    const voice = await this.#describe(asked, user);
    const before = [...this.#adding];
    this.#adding.add(voice);
    try {
      const there = await this.#read();
      const same = there.find(({ id }) => id === voice.id);
      if (same) return { voice: same, isNew: false };
      const all = [...there, ...before];
      await this.#checkName(voice.name, voice, all);
      this.#checkRoom(voice, new Set(all));
      await this.#store(voice, asked.recording.wav);
    } finally {
      this.#adding.delete(voice);
    }
    this.#parts.onChange?.({ action: 'created', id: voice.id, by: user.key, shared: voice.shared });
    return { voice, isNew: true };
  }

  async count(): Promise<number> {
    return (await this.#listed.all()).length;
  }

  async list({ owner }: VoiceUser): Promise<readonly CustomVoice[]> {
    return (await this.#read()).filter((voice) => maySee(owner, voice));
  }

  async get(id: string, { owner }: VoiceUser): Promise<CustomVoice> {
    return this.#recordOf(id, owner);
  }

  async change(id: string, change: VoiceChange, user: VoiceUser): Promise<CustomVoice> {
    const voice = await this.#forChange(id, user);
    if (change.shared !== undefined && change.shared !== voice.shared && !user.mayShare) throw mayNotShare();
    if (change.name !== undefined && change.name !== voice.name)
      await this.#checkName(change.name, voice, await this.#read());
    const changed: CustomVoice = {
      ...voice,
      name: change.name ?? voice.name,
      description: change.description ?? voice.description,
      shared: change.shared ?? voice.shared,
    };
    await this.#write(changed);
    this.#parts.onChange?.({ action: 'changed', id, by: user.key, shared: changed.shared });
    return changed;
  }

  async delete(id: string, user: VoiceUser): Promise<void> {
    const voice = await this.#forChange(id, user);
    await this.#forget(voice);
    this.#parts.onChange?.({ action: 'removed', id, by: user.key, shared: voice.shared });
  }

  async recording(voice: CustomVoice): Promise<Uint8Array> {
    const inMemory = this.#recordings.get(voice.file);
    if (inMemory) return inMemory;
    const found = await stored(this.#files.get(voice.file));
    if (!found) throw notFound(voice.id);
    this.#recordings.set(voice.file, found);
    return found;
  }

  async find(asked: string | undefined, owner: string | undefined): Promise<CustomVoice | undefined> {
    if (asked === undefined || namesNoVoice(asked)) return undefined;
    if (idRule.test(asked)) return this.#recordOf(asked, owner);
    // a store that is away stops no speech of other voices
    const voices = await this.#listed.all().catch(() => this.#listed.known());
    const visible = voices.filter((voice) => maySee(owner, voice));
    const called = visible.filter(({ name }) => name.toLowerCase() === asked.toLowerCase());
    const found = called.find((voice) => voice.owner === owner) ?? called[0];
    return found && this.#recordOf(found.id, owner); // what was deleted elsewhere speaks no more
  }

  async imitate(request: SpeechRequest, voice: CustomVoice): Promise<SpeechRequest> {
    this.checkPossible();
    const references = [{ audio: await this.recording(voice), text: voice.transcript }];
    const sampling = { ...request.sampling, memoryCache: 'on' as const };
    return { ...request, voice: undefined, customVoice: voice.id, references, sampling };
  }

  /** The record of a voice that is to be. */
  async #describe(asked: NewVoice, { owner }: VoiceUser): Promise<CustomVoice> {
    const { recording, consent, name, description, transcript, shared = false } = asked;
    const { wav: _, ...reference } = recording;
    return {
      id: await idOf([owner ?? null, consent.sha256, transcript]),
      name,
      description,
      transcript,
      shared,
      created: new Date(this.#parts.ports.clock.wallNow()).toISOString(),
      reference,
      consent,
      file: this.#files.newName(),
      ...(owner !== undefined && { owner }),
    };
  }

  /** The file first: a voice is there when its record is. */
  async #store(voice: CustomVoice, wav: Uint8Array): Promise<void> {
    this.#files.sweep(async () => new Set((await this.#read()).map(({ file }) => file)));
    await stored(this.#files.put(voice.file, wav));
    await this.#write(voice).catch(async (error: unknown) => {
      await this.#files.delete(voice.file).catch(() => {}); // else it is swept later
      throw error;
    });
  }

  #read(): Promise<readonly CustomVoice[]> {
    return stored(this.#listed.fresh());
  }

  #write(voice: CustomVoice): Promise<void> {
    return stored(this.#listed.put(voice.id, voice));
  }

  async #recordOf(id: string, owner: string | undefined): Promise<CustomVoice> {
    const { records } = this.#parts.state;
    const voice = idRule.test(id) ? await stored(records.get(collection, id)) : undefined;
    if (voice === undefined || !maySee(owner, voice as CustomVoice)) throw notFound(id);
    return voice as CustomVoice;
  }

  async #forChange(id: string, user: VoiceUser): Promise<CustomVoice> {
    const voice = await this.#recordOf(id, user.owner);
    const isOwn = voice.owner === user.owner;
    if (!isOwn && !(voice.shared && user.mayShare)) throw mayNotShare();
    return voice;
  }

  async #checkName(
    name: string,
    self: Pick<CustomVoice, 'id' | 'owner'>,
    all: readonly CustomVoice[],
  ): Promise<void> {
    const isTaken = all.some(({ id, owner, name: other }) => {
      return owner === self.owner && id !== self.id && other.toLowerCase() === name.toLowerCase();
    });
    if (isTaken) throw invalid(`This key has a voice that is called '${name}' already.`, 'name');
    if (namesNoVoice(name) || idRule.test(name) || namesVoice(name, await this.#parts.engine.voices()))
      throw invalid(`The name '${name}' means another voice already.`, 'name');
  }

  #checkRoom({ owner }: CustomVoice, all: ReadonlySet<CustomVoice>): void {
    const { max, maxPerKey } = this.#parts.rules;
    if (all.size >= max) throw invalid(`There are ${max} voices already; delete some.`, 'name');
    const own = [...all].filter((each) => each.owner === owner).length;
    if (owner !== undefined && own >= maxPerKey)
      throw invalid(`This key has ${maxPerKey} voices already; delete some.`, 'name');
  }

  async #forget({ id, file }: CustomVoice): Promise<void> {
    const { engine, state } = this.#parts;
    await stored(this.#listed.delete(id));
    this.#recordings.delete(file);
    await Promise.all([
      engine.purgeVoice?.(id),
      state.blobs.purge(customVoiceTag(id)),
      stored(this.#files.delete(file)),
    ]);
  }
}

const noClones =
  'Nothing here imitates a recording of a voice: the embedded voices cannot; a Fish-Speech server behind this one can.';

function maySee(owner: string | undefined, voice: CustomVoice): boolean {
  return voice.shared || voice.owner === owner;
}

function notFound(voice: string): SpeechFailure {
  return new SpeechFailure({ code: 'voice_not_found', voice });
}

function notSupported(message: string): SpeechFailure {
  return new SpeechFailure({ code: 'not_supported', message });
}

function mayNotShare(): SpeechFailure {
  return new SpeechFailure({
    code: 'permission_denied',
    message: 'This key may not change the voices that all keys share.',
  });
}

async function idOf(content: readonly (string | null)[]): Promise<string> {
  return `voice_${(await sha256(JSON.stringify(content))).slice(0, HASH_DIGITS)}`;
}

/** What a store does. @throws SpeechFailure where it cannot be reached, or has no room */
async function stored<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const isFull = error instanceof RangeError;
    const message = isFull ? 'There is no room for another voice.' : 'The voices cannot be reached.';
    throw new SpeechFailure({ code: 'engine_unavailable', message }, error);
  }
}
