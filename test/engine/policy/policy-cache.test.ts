import { describe, expect, test } from 'vitest';
import { localHash } from '../../../src/adapters/local/local.ts';
import type { Engine, PcmStream, Policy } from '../../../src/core/engine.ts';
import type { SpeechRequest } from '../../../src/core/request.ts';
import type { BlobStore } from '../../../src/core/store.ts';
import { createSpeechKeeping, type SpeechKeeping } from '../../../src/engine/policy/kept-speech.ts';
import { share } from '../../../src/engine/policy/share.ts';
import { createMemoryBlobs } from '../../../src/state/memory.ts';
import { createFakeClock } from '../../stream/fake-clock.ts';
import { asking, broken, createFakeEngine, endless, RATE, readAll, settle, sound } from './policy-engine.ts';

const never = new AbortController().signal;
const clock = createFakeClock();
const ports = { clock, createHash: localHash }; // without a thread: what `settle` waits for is done then
const memory = (): BlobStore => createMemoryBlobs({ maxBytes: 1_000_000 }, clock);

interface Caching extends Pick<SpeechKeeping, 'purgeVoice'> {
  readonly policy: Policy;
}

function caching(blobs: BlobStore = memory(), maxBytes?: number): Caching {
  const keeping = createSpeechKeeping({ engine: 'fake', blobs, maxAgeMs: 60_000, maxBytes }, ports);
  const keeps = ({ text }: SpeechRequest): boolean => text !== 'random';
  const policy = share({ key: async ({ text }) => text, keeping, keeps }, { clock });
  return { policy, purgeVoice: keeping.purgeVoice };
}

/** Speaks `chunks` and is heard to the end. */
async function say(
  policy: Engine,
  engine: ReturnType<typeof createFakeEngine>,
  request = asking('a'),
  chunks = [sound(100), sound(50)],
): Promise<PcmStream> {
  const opening = policy.open(request, never);
  const count = engine.calls.length + 1;
  (await engine.call(count)).speak(...chunks);
  const stream = await opening;
  await readAll(stream);
  await settle();
  return stream;
}

describe('speech that was heard to its end', () => {
  test('is answered from what was kept, byte for byte, with its age and length', async () => {
    const engine = createFakeEngine();
    const policy = caching().policy(engine);
    expect((await say(policy, engine)).cache).toEqual({ state: 'miss' });
    clock.advance(5000);
    const hit = await policy.open(asking('a'), never);
    expect(hit).toMatchObject({ rate: RATE, channels: 1, engine: 'fake', length: 300 });
    expect(hit.cache).toEqual({ state: 'hit', ageMs: 5000 });
    const heard = await readAll(hit);
    expect(heard).toEqual(new Uint8Array([...sound(100), ...sound(50)]));
    expect(engine.calls).toHaveLength(1);
  });

  test('keeps its form and what its engine did of the prosody', async () => {
    const engine = createFakeEngine();
    const prosody = { speed: 1.5, volumeDb: -3 };
    const policy = caching().policy({
      ...engine,
      open: async (request, signal) => ({ ...(await engine.open(request, signal)), prosody }),
    });
    const opening = policy.open(asking('a'), never);
    (await engine.call(1)).speakAs({ rate: 44_100, channels: 2 }, sound(100));
    await readAll(await opening);
    expect(await policy.open(asking('a'), never)).toMatchObject({ rate: 44_100, channels: 2, prosody });
  });

  test('is not harmed by a reader that changes its bytes', async () => {
    const engine = createFakeEngine();
    const policy = caching().policy(engine);
    await say(policy, engine);
    const first = (await policy.open(asking('a'), never)).body.getReader();
    (await first.read()).value?.fill(0);
    expect((await readAll(await policy.open(asking('a'), never))).subarray(0, 200)).toEqual(sound(100));
  });

  test('is gone when its time is over', async () => {
    const engine = createFakeEngine();
    const policy = caching().policy(engine);
    await say(policy, engine);
    clock.advance(60_001);
    await say(policy, engine);
    expect(engine.calls).toHaveLength(2);
  });
});

describe('not kept', () => {
  test('is a request that the key leaves out, whose stream passes untouched', async () => {
    const engine = createFakeEngine();
    const policy = caching().policy(engine);
    expect((await say(policy, engine, asking('random'))).cache).toBeUndefined();
    await say(policy, engine, asking('random'));
    expect(engine.calls).toHaveLength(2);
  });

  test('is speech that breaks off', async () => {
    const engine = createFakeEngine();
    const policy = caching().policy(engine);
    await expect(say(policy, engine, asking('a'), [sound(100), broken])).rejects.toThrow();
    await say(policy, engine);
    expect(engine.calls).toHaveLength(2);
  });

  test('is speech whose listener leaves, and it is cancelled', async () => {
    const engine = createFakeEngine();
    const policy = caching().policy(engine);
    const opening = policy.open(asking('a'), never);
    const call = await engine.call(1);
    call.speak(sound(100), endless);
    const reader = (await opening).body.getReader();
    await reader.read();
    await reader.cancel();
    expect(call.cancelled).toBe(true);
    await say(policy, engine);
    expect(engine.calls).toHaveLength(2);
  });

  test.each([
    ['longer than may be kept', [sound(200)]],
    ['without a sound', []],
    ['cut off inside a sample', [new Uint8Array(99)]],
  ])('is speech %s', async (_, chunks) => {
    const engine = createFakeEngine();
    const policy = caching(memory(), 300).policy(engine);
    await say(policy, engine, asking('a'), chunks);
    await say(policy, engine, asking('a'), chunks);
    expect(engine.calls).toHaveLength(2);
  });
});

describe('a voice that becomes another', () => {
  test('loses what it said; the others do not', async () => {
    const engine = createFakeEngine();
    const cache = caching();
    const policy = cache.policy(engine);
    await say(policy, engine, asking('a', { voice: 'anna' }));
    await say(policy, engine, asking('b', { voice: 'bert' }));
    await cache.purgeVoice('anna');
    expect((await policy.open(asking('b', { voice: 'bert' }), never)).cache?.state).toBe('hit');
    await say(policy, engine, asking('a', { voice: 'anna' }));
    expect(engine.calls).toHaveLength(3);
  });

  test('does not leave behind what was being said in the meantime', async () => {
    const engine = createFakeEngine();
    const cache = caching();
    const policy = cache.policy(engine);
    const opening = policy.open(asking('a'), never);
    (await engine.call(1)).speak(sound(100));
    await cache.purgeVoice('');
    await readAll(await opening);
    await say(policy, engine);
    expect(engine.calls).toHaveLength(2);
  });
});

describe('a store', () => {
  test('that fails, or holds something else, is a miss', async () => {
    const engine = createFakeEngine();
    const failing: BlobStore = {
      ...memory(),
      get: async () => Promise.reject(new Error('no store')),
      put: async () => Promise.reject(new Error('no store')),
    };
    const odd: BlobStore = { ...memory(), get: async () => ({ bytes: new Uint8Array(40), ageMs: 0 }) };
    for (const blobs of [failing, odd]) {
      expect((await say(caching(blobs).policy(engine), engine)).cache).toEqual({ state: 'miss' });
    }
  });

  test('that does not answer is not waited for', async () => {
    const engine = createFakeEngine();
    const silent: BlobStore = { ...memory(), get: () => new Promise(() => {}) };
    const opening = caching(silent).policy(engine).open(asking('a'), never);
    await settle();
    clock.advance(250);
    (await engine.call(1)).speak(sound(10));
    expect((await opening).cache).toEqual({ state: 'miss' });
    expect(clock.pending).toBe(0);
  });
});
