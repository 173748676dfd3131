import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataFolder, installedPack } from '../../src/adapters/local/packs.ts';
import { defaultVoicePack, findPack } from '../../src/engine/onnx/packs/manifest.ts';
import { type RunningServer, startServer } from '../conformance/server.ts';
import { uint32 } from '../conformance/suites/context.ts';
import { type FakeOrigin, startFakeOrigin } from '../fake-origin.ts';
import { ask } from './ask.ts';

const pack = findPack(defaultVoicePack);
const isInstalled = pack !== undefined && (await installedPack(dataFolder(), pack)) !== undefined;
const onnxRate = 22_050;
const fishRate = 44_100;
/** Loading the embedded voice for the first time. */
const slow = { withinMs: 60_000 };

const settings = {
  FISH_RETRIES: '0',
  FISH_BACKEND_TIMEOUT: '30s',
  FISH_BREAKER_FAILURES: '1000',
  FISH_QUEUE_TIMEOUT: '40s',
};

/** With the engine `auto`, an embedded voice stands in for origins. */
describe.skipIf(!isInstalled)(
  `${defaultVoicePack} for the origins (skipped when it is not installed)`,
  () => {
    let origin: FakeOrigin;
    let server: RunningServer;
    beforeAll(async () => {
      origin = await startFakeOrigin({ references: ['anna', 'bert'] });
      server = await startServer('node', {
        env: { ...settings, FISH_BACKEND: origin.url, FISH_FALLBACK_VOICES: `anna=${defaultVoicePack}` },
      });
    });
    afterAll(async () => {
      await server?.stop();
      await origin?.close();
    });

    it('is not asked while an origin speaks', async () => {
      expect((await ask(server.url, 'All is well.')).engine).toBe('fish');
    });

    it('speaks when no origin can, and the answer says so', { timeout: 70_000 }, async () => {
      const got = await ask(server.url, '[[status=500]] The lights are out.', slow);
      expect([got.status, got.broken, got.engine]).toEqual([200, false, 'onnx']);
      expect(got.bytes).toBeGreaterThan(onnxRate); // half a second at least
    });

    it('speaks for the voices that were mapped, and for no other', async () => {
      const mapped = await ask(server.url, '[[status=500]] Hello.', { ...slow, voice: 'anna' });
      expect([mapped.status, mapped.engine]).toEqual([200, 'onnx']);
      const other = await ask(server.url, '[[status=502]] Hello.', { voice: 'bert' });
      expect([other.status, other.engine]).toEqual([502, null]);
    });

    it('leaves a request that is wrong as wrong as it is', async () => {
      expect((await ask(server.url, '[[status=400]] Hello.')).status).toBe(400);
    });

    it('goes on from the next part of a text, in the form of the first', async () => {
      const text =
        'The first part is spoken by the origin. [[status=500]] The second part cannot be spoken by it.';
      const body = JSON.stringify({ text, streaming: true });
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(`${server.url}/v1/tts`, { method: 'POST', headers, body });
      expect([response.status, response.headers.get('x-engine')]).toEqual([200, 'fish']);
      const audio = new Uint8Array(await response.arrayBuffer());
      expect(uint32(audio, 24)).toBe(fishRate);
      const first = await ask(server.url, 'The first part is spoken by the origin.');
      expect(audio.length - first.bytes).toBeGreaterThan(fishRate * 2); // a second more, at least
      expect(
        origin.spoken.filter(({ body: seen }) => JSON.stringify(seen).includes('second part')),
      ).toHaveLength(1);
    });

    it('speaks when the origins are gone for good', async () => {
      await origin.close();
      const got = await ask(server.url, 'Nobody is there.', slow);
      expect([got.status, got.broken, got.engine]).toEqual([200, false, 'onnx']);
      const health = await (await fetch(`${server.url}/v1/health?detailed=true`)).json();
      expect(health).toMatchObject({ backend: { status: 'healthy' } });
    });
  },
);

describe('without the fallback', () => {
  it('a voice that was set and is not there does not give way to another one', async () => {
    const env = { ...settings, FISH_BACKEND: 'http://127.0.0.1:1', FISH_VOICE: 'nobody' };
    const server = await startServer('node', { env });
    try {
      expect((await ask(server.url, 'Hello.')).status).toBe(502);
    } finally {
      await server.stop();
    }
  });

  it('origins that are gone are a 502', async () => {
    const origin = await startFakeOrigin();
    const env = { ...settings, FISH_BACKEND: origin.url, FISH_FALLBACK: 'false' };
    const server = await startServer('node', { env });
    await origin.close();
    try {
      expect((await ask(server.url, 'Nobody is there.')).status).toBe(502);
    } finally {
      await server.stop();
    }
  });
});
