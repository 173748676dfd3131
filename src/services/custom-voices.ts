import { LRUCache } from 'lru-cache';
import type { Engine } from '../core/engine.ts';
import { invalid, SpeechFailure } from '../core/errors.ts';
import type { Ports } from '../core/ports.ts';
import type { SpeechRequest } from '../core/request.ts';
import type { StateStores } from '../core/store.ts';
import { namesNoVoice, namesVoice } from '../core/voices.ts';
import { believeRecords } from './believed-records.ts';
import type { CustomVoice, NewVoice, VoiceChange, VoiceUser } from './custom-voice.ts';
import { createVoiceFiles } from './voice-files.ts';

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

export function createCustomVoices({
  state,
  engine,
  ports,
  rules,
  onChange,
}: CustomVoicesParts): CustomVoices {
  const { records, blobs } = state;
  const { clock } = ports;
  const files = createVoiceFiles(state.files, ports);
  const recordings = new LRUCache<string, Uint8Array>({
    maxSize: MAX_RECORDINGS_BYTES,
    sizeCalculation: ({ byteLength }) => Math.max(1, byteLength),
  });
  const listed = believeRecords<CustomVoice>(records, collection, clock);
  /** Voices that are just being added: many at once must not get past the bounds together. */
  const adding = new Set<CustomVoice>();

  const read = (): Promise<readonly CustomVoice[]> => stored(listed.fresh());
  const recordOf = async (id: string, owner: string | undefined): Promise<CustomVoice> => {
    const voice = idRule.test(id) ? await stored(records.get(collection, id)) : undefined;
    if (voice === undefined || !maySee(owner, voice as CustomVoice)) throw notFound(id);
    return voice as CustomVoice;
  };
  const write = (voice: CustomVoice): Promise<void> => stored(listed.put(voice.id, voice));
  const forChange = async (id: string, user: VoiceUser): Promise<CustomVoice> => {
    const voice = await recordOf(id, user.owner);
    const isOwn = voice.owner === user.owner;
    if (!isOwn && !(voice.shared && user.mayShare)) throw mayNotShare();
    return voice;
  };
  const checkName = async (
    name: string,
    self: Pick<CustomVoice, 'id' | 'owner'>,
    all: readonly CustomVoice[],
  ): Promise<void> => {
    const isTaken = all.some(({ id, owner, name: other }) => {
      return owner === self.owner && id !== self.id && other.toLowerCase() === name.toLowerCase();
    });
    if (isTaken) throw invalid(`This key has a voice that is called '${name}' already.`, 'name');
    if (namesNoVoice(name) || idRule.test(name) || namesVoice(name, await engine.voices()))
      throw invalid(`The name '${name}' means another voice already.`, 'name');
  };
  const checkRoom = ({ owner }: CustomVoice, all: ReadonlySet<CustomVoice>): void => {
    if (all.size >= rules.max) throw invalid(`There are ${rules.max} voices already; delete some.`, 'name');
    const own = [...all].filter((each) => each.owner === owner).length;
    if (owner !== undefined && own >= rules.maxPerKey)
      throw invalid(`This key has ${rules.maxPerKey} voices already; delete some.`, 'name');
  };
  const checkPossible = (): void => {
    if (rules.max === 0) throw notSupported('This server keeps no voices of clients (voices.max is 0).');
    if (!(engine.clones?.() ?? false)) throw notSupported(noClones);
  };
  const forget = async ({ id, file }: CustomVoice): Promise<void> => {
    await stored(listed.delete(id));
    recordings.delete(file);
    await Promise.all([engine.purgeVoice?.(id), blobs.purge(customVoiceTag(id)), stored(files.delete(file))]);
  };
  const recording = async (voice: CustomVoice): Promise<Uint8Array> => {
    const inMemory = recordings.get(voice.file);
    if (inMemory) return inMemory;
    const found = await stored(files.get(voice.file));
    if (!found) throw notFound(voice.id);
    recordings.set(voice.file, found);
    return found;
  };

  return {
    checkPossible,
    recording,
    async add({ recording: measured, consent, name, description, transcript, shared }, user) {
      checkPossible();
      const isShared = shared ?? false;
      if (isShared && !user.mayShare) throw mayNotShare();
      const id = await idOf([user.owner ?? null, consent.sha256, transcript]);
      const file = files.newName();
      const { wav, ...reference } = measured;
      const created = new Date(clock.wallNow()).toISOString();
      const { owner } = user;
      const about = {
        id,
        name,
        description,
        transcript,
        shared: isShared,
        created,
        reference,
        consent,
        file,
      };
      const voice: CustomVoice = { ...about, ...(owner !== undefined && { owner }) };
      const before = [...adding];
      adding.add(voice);
      try {
        const there = await read();
        const same = there.find((each) => each.id === id);
        if (same) return { voice: same, isNew: false };
        const all = [...there, ...before];
        await checkName(name, voice, all);
        checkRoom(voice, new Set(all));
        files.sweep(async () => new Set((await read()).map((each) => each.file)));
        await stored(files.put(file, wav));
        await write(voice).catch(async (error: unknown) => {
          await files.delete(file).catch(() => {}); // else it is swept later
          throw error;
        });
      } finally {
        adding.delete(voice);
      }
      onChange?.({ action: 'created', id, by: user.key, shared: isShared });
      return { voice, isNew: true };
    },
    count: async () => (await listed.all()).length,
    async list({ owner }) {
      return (await read()).filter((voice) => maySee(owner, voice));
    },
    get: (id, { owner }) => recordOf(id, owner),
    async change(id, change, user) {
      const voice = await forChange(id, user);
      if (change.shared !== undefined && change.shared !== voice.shared && !user.mayShare)
        throw mayNotShare();
      if (change.name !== undefined && change.name !== voice.name)
        await checkName(change.name, voice, await read());
      const changed: CustomVoice = {
        ...voice,
        name: change.name ?? voice.name,
        description: change.description ?? voice.description,
        shared: change.shared ?? voice.shared,
      };
      await write(changed);
      onChange?.({ action: 'changed', id, by: user.key, shared: changed.shared });
      return changed;
    },
    async delete(id, user) {
      const voice = await forChange(id, user);
      await forget(voice);
      onChange?.({ action: 'removed', id, by: user.key, shared: voice.shared });
    },
    async find(asked, owner) {
      if (asked === undefined || namesNoVoice(asked)) return undefined;
      if (idRule.test(asked)) return recordOf(asked, owner);
      // a store that is away stops no speech of other voices
      const voices = await listed.all().catch(() => listed.known());
      const visible = voices.filter((voice) => maySee(owner, voice));
      const called = visible.filter(({ name }) => name.toLowerCase() === asked.toLowerCase());
      const found = called.find((voice) => voice.owner === owner) ?? called[0];
      return found && recordOf(found.id, owner); // what was deleted elsewhere speaks no more
    },
    async imitate(request, voice) {
      checkPossible();
      const references = [{ audio: await recording(voice), text: voice.transcript }];
      const sampling = { ...request.sampling, memoryCache: 'on' as const };
      return { ...request, voice: undefined, customVoice: voice.id, references, sampling };
    },
  };
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
  return `voice_${(await sha256(new TextEncoder().encode(JSON.stringify(content)))).slice(0, HASH_DIGITS)}`;
}

export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('');
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
