import { expect, test } from 'vitest';
import { localHash, localPorts } from '../../../src/adapters/local/local.ts';
import { loadConfig } from '../../../src/config/config.ts';
import type { Ports } from '../../../src/core/ports.ts';
import type { StateStores } from '../../../src/core/store.ts';
import { type BuiltEngine, buildEngine } from '../../../src/engine/compose.ts';
import { createMakings } from '../../../src/services/kept-speech.ts';
import { createDictionary } from '../../../src/services/pronunciations.ts';
import { createVoiceRevisions } from '../../../src/services/voice-revisions.ts';
import { createMemoryState } from '../../../src/state/memory.ts';
import { createLogger } from '../../../src/telemetry/log.ts';
import { startFakeOpenai } from '../../fake-openai.ts';
import { realClock as clock } from '../../stream/fake-clock.ts';
import { anOrigin, bytesOf, nobodyLeaves, say } from '../fish/fish-client.ts';

const stores = (): StateStores => createMemoryState({ maxBytes: 10_000_000 }, clock);
const configOf = (backend: string) =>
  loadConfig({ flags: {}, env: { FISH_BACKEND: backend, FISH_ENGINE: 'fish', FISH_BACKEND_API_KEY: 'k' } });

/** A server in front of `backend`. */
function serverOf(backend: string, state: StateStores): BuiltEngine {
  const ports: Ports = { ...localPorts({ dataDir: '', keysFile: '', fetch, state }), writeLog() {} };
  const log = createLogger({ level: 'error', format: 'json', write() {}, clock });
  return buildEngine(configOf(backend), ports, log);
}

/** How the cache had to do with what `engine` said. */
async function heard(engine: BuiltEngine): Promise<string | undefined> {
  const stream = await engine.open(say('Hello there.', { seed: 7, voice: 'anna' }), nobodyLeaves());
  await bytesOf(stream);
  return stream.cache?.state;
}

const anotherOrigin = (): ReturnType<typeof anOrigin> =>
  anOrigin({ secondsPerWord: 0.02, references: ['anna'], key: 'k' });

test('what one origin said is never played for a server in front of another, under the same name and in the same store', async () => {
  const [one, two, state] = [await anotherOrigin(), await anotherOrigin(), stores()];
  expect(await heard(serverOf(one.url, state))).toBe('miss');
  expect(await heard(serverOf(two.url, state))).toBe('miss');
  expect(two.spoken).toHaveLength(1);
  expect(await heard(serverOf(one.url, state))).toBe('hit');
  expect(await heard(serverOf(two.url, state))).toBe('hit');
});

test('the origins of a pool speak for each other, whatever their order', async () => {
  const [one, two, state] = [await anotherOrigin(), await anotherOrigin(), stores()];
  expect(await heard(serverOf(`${one.url},${two.url}`, state))).toBe('miss');
  expect(await heard(serverOf(`${two.url},${one.url}`, state))).toBe('hit');
});

test('a server that is pointed at another origin while it runs plays no more of the old one, and all of it when it is pointed back', async () => {
  const [one, two, state] = [await anotherOrigin(), await anotherOrigin(), stores()];
  const engine = serverOf(one.url, state);
  expect(await heard(engine)).toBe('miss');
  engine.reload(configOf(two.url));
  expect(await heard(engine)).toBe('miss');
  expect(two.spoken).toHaveLength(1);
  engine.reload(configOf(one.url));
  expect(await heard(engine)).toBe('hit');
});

test('nor is audio behind an address that of another origin', async () => {
  const state = stores();
  const madeBy = (backend: string): Promise<string | undefined> => {
    const engine = serverOf(backend, state);
    const share = { max: 10, percent: 100 };
    const voices = async (): Promise<[]> => [];
    const dictionary = createDictionary({ records: state.records, share, voices, clock });
    const revisions = createVoiceRevisions(state.records);
    const makings = createMakings({
      engine,
      dictionary,
      voices: { find: async () => undefined },
      revisions,
      ports: { createHash: localHash },
    });
    return makings(say('Hello there.'), undefined);
  };
  const one = await madeBy('http://127.0.0.1:9');
  expect(one).toBeDefined();
  expect(await madeBy('http://127.0.0.1:9')).toBe(one);
  expect(await madeBy('http://127.0.0.1:10')).not.toBe(one);
});

test('what is kept says who made it, whatever kind of server that was', async () => {
  const origin = await startFakeOpenai();
  const ports: Ports = {
    ...localPorts({ dataDir: '', keysFile: '', fetch, state: stores() }),
    writeLog() {},
  };
  const log = createLogger({ level: 'error', format: 'json', write() {}, clock });
  const upstreams = JSON.stringify([{ kind: 'openai', url: origin.url }]);
  const config = loadConfig({ flags: {}, env: { FISH_UPSTREAMS: upstreams, FISH_ENGINE: 'fish' } });
  const engine = buildEngine(config, ports, log);
  const told: unknown[] = [];
  for (const _ of ['made', 'kept']) {
    const stream = await engine.open(say('Hello there.', { seed: 7, voice: 'alloy' }), nobodyLeaves());
    await bytesOf(stream);
    told.push([stream.cache?.state, stream.engine]);
  }
  expect(told).toEqual([
    ['miss', 'openai'],
    ['hit', 'openai'],
  ]);
  await origin.close();
});
