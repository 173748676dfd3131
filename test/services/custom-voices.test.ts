import { beforeEach, describe, expect, test } from 'vitest';
import type { StateStores } from '../../src/core/store.ts';
import type { NewVoice, VoiceUser } from '../../src/services/custom-voice.ts';
import { type CustomVoices, createCustomVoices } from '../../src/services/custom-voices.ts';
import { createMemoryState } from '../../src/state/memory.ts';
import { createFakeClock, type FakeClock } from '../stream/fake-clock.ts';

const HOUR = 3_600_000;
const ada: VoiceUser = { owner: 'ada', mayShare: false, key: 'ada' };
const bob: VoiceUser = { owner: 'bob', mayShare: false, key: 'bob' };
const wav = new Uint8Array(100).fill(7);

function voiceOf(name: string, sha256 = 'a'): NewVoice {
  return {
    name,
    description: '',
    transcript: 'Said.',
    consent: { who: 'Ada', when: '', sha256, by: null },
    shared: undefined,
    recording: { type: 'WAV', seconds: 11, rate: 16_000, channels: 1, levelDb: -20, wav },
  };
}

let clock: FakeClock;
let state: StateStores;
let purged: string[];

function serviceOf(over: Partial<StateStores> = {}, rules = { max: 10, maxPerKey: 5 }): CustomVoices {
  const engine = {
    voices: async () => [],
    clones: () => true,
    purgeVoice: async (id: string) => void purged.push(id),
  };
  return createCustomVoices({ state: { ...state, ...over }, engine, ports: { clock }, rules });
}

beforeEach(() => {
  clock = createFakeClock();
  state = createMemoryState({ maxBytes: 1e6 }, clock);
  purged = [];
});

const files = async (): Promise<number> => (await state.files.list('')).length;
const failing = (): Promise<never> => Promise.reject(new Error('connection lost to 10.0.0.7'));

describe('a voice is there when its record is', () => {
  test('and the recording is there before it', async () => {
    const seen: number[] = [];
    const records: StateStores['records'] = {
      ...state.records,
      put: async (...args) => {
        seen.push(await files());
        await state.records.put(...args);
      },
    };
    const { voice, isNew } = await serviceOf({ records }).add(voiceOf('One'), ada);
    expect([seen, isNew]).toEqual([[1], true]);
    expect(await serviceOf().recording(voice)).toEqual(wav);
  });

  test('a record that cannot be written leaves nothing', async () => {
    const service = serviceOf({ records: { ...state.records, put: failing } });
    await expect(service.add(voiceOf('One'), ada)).rejects.toMatchObject({
      error: { code: 'engine_unavailable' },
    });
    expect([await files(), await serviceOf().list(ada)]).toEqual([0, []]);
  });

  test('what a crash left of an upload is swept after an hour, and no voice with it', async () => {
    const { voice } = await serviceOf().add(voiceOf('One'), ada);
    const crashed = serviceOf({
      records: { ...state.records, put: failing },
      files: { ...state.files, delete: failing },
    });
    await crashed.add(voiceOf('Two', 'b'), ada).catch(() => {});
    expect(await files()).toBe(2);
    await serviceOf().add(voiceOf('Three', 'c'), ada);
    expect(await files()).toBe(3); // it may be an upload that is still running
    clock.advance(HOUR + 1);
    await serviceOf().add(voiceOf('Four', 'd'), ada);
    await expect.poll(files).toBe(3);
    expect(await serviceOf().recording(voice)).toEqual(wav);
  });

  test('a store that has no room says so, and tells nothing of itself', async () => {
    const full = {
      ...state.files,
      put: () => Promise.reject(new RangeError('there is no room for the file')),
    };
    const adding = serviceOf({ files: full }).add(voiceOf('One'), ada);
    const message = 'There is no room for another voice.';
    await expect(adding).rejects.toMatchObject({ error: { code: 'engine_unavailable', message } });
  });

  test('a record whose recording is gone is no voice', async () => {
    const { voice } = await serviceOf().add(voiceOf('One'), ada);
    await state.files.delete(voice.file);
    const service = serviceOf();
    await expect(service.recording(voice)).rejects.toMatchObject({ error: { code: 'voice_not_found' } });
  });
});

describe('bounds', () => {
  test('hold for voices that are added at once', async () => {
    const service = serviceOf({}, { max: 10, maxPerKey: 2 });
    const adding = ['a', 'b', 'c', 'd'].map((hash) => service.add(voiceOf(`Voice ${hash}`, hash), ada));
    const settled = await Promise.allSettled(adding);
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(2);
    expect([await files(), (await service.list(ada)).length]).toEqual([2, 2]);
  });

  test('in all hold for all keys', async () => {
    const service = serviceOf({}, { max: 1, maxPerKey: 5 });
    await service.add(voiceOf('One'), ada);
    await expect(service.add(voiceOf('Two', 'b'), bob)).rejects.toMatchObject({
      error: { code: 'invalid_value' },
    });
  });

  test('of none say so', async () => {
    const service = serviceOf({}, { max: 0, maxPerKey: 5 });
    expect(() => service.checkPossible()).toThrow('voices.max is 0');
  });
});

describe('deleting', () => {
  test('ends the recording and what is kept of its speech', async () => {
    const service = serviceOf();
    const { voice } = await service.add(voiceOf('One'), ada);
    const other = (await service.add(voiceOf('One'), bob)).voice;
    await state.blobs.put('kept', wav, { maxAgeMs: HOUR, tags: [`custom-voice:${voice.id}`] });
    await service.delete(voice.id, ada);
    expect([await files(), purged, await state.blobs.get('kept')]).toEqual([1, [voice.id], undefined]);
    expect(await service.recording(other)).toEqual(wav); // of the same content
    await expect(service.find(voice.id, 'ada')).rejects.toMatchObject({ error: { code: 'voice_not_found' } });
    expect(await service.find('One', 'ada')).toBeUndefined();
  });
});

describe('a name', () => {
  test('means a voice of its own key before one that is shared', async () => {
    const service = serviceOf();
    const admin: VoiceUser = { owner: 'root', mayShare: true, key: 'root' };
    const shared = (await service.add({ ...voiceOf('Narrator'), shared: true }, admin)).voice;
    const own = (await service.add(voiceOf('Narrator'), ada)).voice;
    expect((await service.find('narrator', 'ada'))?.id).toBe(own.id);
    expect((await service.find('narrator', 'bob'))?.id).toBe(shared.id);
    expect((await service.find('narrator', undefined))?.id).toBe(shared.id);
  });

  test('that other servers gave a voice is known within a second', async () => {
    const [one, two] = [serviceOf(), serviceOf()];
    expect(await one.find('Narrator', 'ada')).toBeUndefined();
    const { voice } = await two.add(voiceOf('Narrator'), ada);
    clock.advance(1001);
    expect((await one.find('Narrator', 'ada'))?.id).toBe(voice.id);
  });

  test('is no custom voice while the store is away, and an id is an error', async () => {
    const service = serviceOf({ records: { ...state.records, list: failing, get: failing } });
    expect(await service.find('anna', 'ada')).toBeUndefined();
    const finding = service.find(`voice_${'0'.repeat(32)}`, 'ada');
    await expect(finding).rejects.toMatchObject({ error: { code: 'engine_unavailable' } });
  });
});
