import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataFolder, installedPack } from '../../src/adapters/local/packs.ts';
import { defaultVoicePack, findPack } from '../../src/engine/onnx/packs/manifest.ts';
import { type FakeOrigin, startFakeOrigin } from '../fake-origin.ts';
import { ask, type Got } from '../faults/ask.ts';
import { hasRuntime, type RunningServer, startServer } from './server.ts';
import { voiceConfig } from './workerd.ts';

const pack = findPack(defaultVoicePack);
const isInstalled = pack !== undefined && (await installedPack(dataFolder(), pack)) !== undefined;

/** Of the embedded voice: half a second is so many bytes at least. */
const halfSecond = 22_050;
/** Until the voice is loaded, on a machine that does much else: who waits longer than the Worker lets him is refused, and asks again. */
const loading = { timeout: 200_000, interval: 100 };
/** Beyond the Worker's own deadline: none of its refusals is taken for a hanging client. */
const withinQueue = { withinMs: 200_000 };
const outcome = ({ status, broken, engine }: Got) => ({ status, broken, engine });
const spokenHere = { status: 200, broken: false, engine: 'onnx' };

/** A Worker with a voice in it, in front of origins: wrangler.voice.toml without FISH_ENGINE. */
describe.skipIf(!hasRuntime('workers') || !isInstalled)(
  'a Worker that speaks itself where no origin can (skipped when the voice is not installed)',
  { timeout: 240_000 },
  () => {
    let origins: readonly FakeOrigin[] = [];
    let server: RunningServer;
    beforeAll(async () => {
      origins = await Promise.all([startFakeOrigin(), startFakeOrigin()]);
      const env = {
        FISH_BACKEND: origins.map(({ url }) => url).join(','),
        FISH_RETRIES: '0',
        FISH_BREAKER_FAILURES: '1000',
        FISH_QUEUE_TIMEOUT: '180s', // who waits is spoken to as soon as others are done, however slow the machine
        FISH_FALLBACK_VOICES: `anna=${defaultVoicePack}`,
      };
      server = await startServer('workers', { env, config: voiceConfig });
    });
    afterAll(async () => {
      await server?.stop();
      for (const origin of origins) await origin.close();
    });

    it('leaves it to an origin that speaks', async () => {
      const got = await ask(server.url, 'All is well.');
      expect(outcome(got)).toEqual({ ...spokenHere, engine: 'fish' });
    });

    it('speaks when they fail, and the answer says so', async () => {
      const said = async () => outcome(await ask(server.url, '[[status=500]] The lights are out.'));
      await expect.poll(said, loading).toEqual(spokenHere);
    });

    it('leaves a request that is wrong as wrong as it is', async () => {
      expect((await ask(server.url, '[[status=400]] Hello.')).status).toBe(400);
    });

    it('speaks when all of them are gone, for several who ask at once and in the voice that was mapped', async () => {
      for (const origin of origins) await origin.close();
      const answers = await Promise.all([
        ask(server.url, 'Nobody is there.', withinQueue),
        ask(server.url, 'Is anybody there? There is nobody at home.', withinQueue),
        ask(server.url, 'Then I speak myself.', { ...withinQueue, voice: 'anna' }),
      ]);
      const spoken = { ...spokenHere, isSpeech: true };
      expect(answers.map((got) => ({ ...outcome(got), isSpeech: got.bytes > halfSecond }))).toEqual([
        spoken,
        spoken,
        spoken,
      ]);
    });

    it('stays what it is to who has no voice here: the origins are gone', async () => {
      const got = await ask(server.url, 'Hello.', { voice: 'bert' });
      expect(got.status).toBeGreaterThanOrEqual(500);
      expect(got.engine).toBeNull();
    });
  },
);
