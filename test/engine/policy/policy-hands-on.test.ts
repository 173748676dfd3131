import { expect, test, vi } from 'vitest';
import type { Engine } from '../../../src/core/engine.ts';
import { signs } from '../../../src/engine/policy/pronounced.ts';

/** All that an engine can do; what is kept of speech is dropped by the composed engine itself. */
type Full = Required<Omit<Engine, 'purgeVoice'>>;

function fullEngine(): Full {
  return {
    id: 'full',
    voices: vi.fn(async () => []),
    voiceOf: vi.fn(async () => 'joe'),
    open: vi.fn(async () => Promise.reject(new Error('not here'))),
    packs: vi.fn(async () => []),
    packsChanged: vi.fn(),
    warm: vi.fn(async () => {}),
    health: vi.fn(async () => ({ healthy: true })),
    load: vi.fn(() => ({ queued: 1, running: 2 })),
    close: vi.fn(async () => {}),
    voiceKey: vi.fn(() => 'key'),
    identity: vi.fn(() => 'who'),
    clones: vi.fn(() => true),
    fish: {} as Full['fish'],
  };
}

test('what an engine can do, it can do behind a policy', async () => {
  const engine = fullEngine();
  const decorated = signs()(engine) as Full;
  expect(Object.keys(decorated).sort()).toEqual(Object.keys(engine).sort());
  const { signal } = new AbortController();
  expect(await decorated.voiceOf('a')).toBe('joe');
  expect(await decorated.packs()).toEqual([]);
  decorated.packsChanged();
  await decorated.warm('joe');
  expect(await decorated.health(signal)).toEqual({ healthy: true });
  expect(decorated.load()).toEqual({ queued: 1, running: 2 });
  expect(decorated.voiceKey({ voice: 'joe' })).toBe('key');
  expect(decorated.identity()).toBe('who');
  expect(decorated.clones()).toBe(true);
  expect(decorated.fish).toBe(engine.fish);
  await decorated.close();
  for (const done of [engine.packsChanged, engine.warm, engine.close])
    expect(vi.mocked(done)).toHaveBeenCalledTimes(1);
  expect(vi.mocked(engine.warm)).toHaveBeenCalledWith('joe');
});
