import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataFolder, packFolder, readRecord } from '../../../src/adapters/local/packs.ts';
import { type EndlessRegistry, startEndlessRegistry } from '../../endless-registry.ts';
import { type RunningServer, startServer } from '../server.ts';
import { type Context, lacks, type OpenaiError, startingMs } from './context.ts';

const small = 'silero-vad';
/** As decision 44 has it. */
const mostPulls = 4;

interface PullEvent {
  readonly type: string;
  readonly stage?: string;
  readonly total_bytes?: number;
  readonly error?: { readonly code: string; readonly message: string };
}

interface Model {
  readonly id: string;
  readonly state: string;
  readonly languages: readonly string[];
  readonly license: string;
  readonly bytes: number;
  readonly pull: object | null;
}

/** Packs come and go over HTTP, in a data folder of the test's own. */
export function addAdminModels({ runtime, origin }: Context): void {
  describe.skipIf(lacks(runtime, 'process'))('models over HTTP', { timeout: startingMs }, () => {
    let folder: string;
    let registry: EndlessRegistry;
    let server: RunningServer;
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'fish-edge-models-'));
      registry = await startEndlessRegistry();
      const runtimeArgs = runtime === 'deno' ? [`--allow-read=${folder}`, `--allow-write=${folder}`] : [];
      const env = {
        FISH_BACKEND: origin().url,
        FISH_FALLBACK: 'false',
        FISH_DATA_DIR: folder,
        HOME: folder, // no settings of the tester's npm
        npm_config_registry: registry.url,
      };
      server = await startServer(runtime, { env, runtimeArgs });
    }, startingMs);
    afterAll(async () => {
      await server?.stop();
      await registry?.close();
      await rm(folder, { recursive: true, force: true });
    });

    const path = '/v1/admin/models';
    const models = async (): Promise<readonly Model[]> =>
      ((await (await fetch(server.url + path)).json()) as { data: Model[] }).data;
    const stateOf = async (id: string): Promise<string | undefined> =>
      (await models()).find((model) => model.id === id)?.state;
    const eventsOf = (text: string): PullEvent[] =>
      [...text.matchAll(/^data: (.+)$/gm)].map(([, data = '']) => JSON.parse(data) as PullEvent);

    it('are listed with what one wants to know before fetching', async () => {
      const found = await models();
      expect(found.find(({ id }) => id === 'kokoro-82m-v1.0')).toMatchObject({
        state: 'available',
        family: 'kokoro',
        license: 'Apache-2.0',
        added: false,
        pull: null,
      });
      for (const { languages, bytes } of found) {
        expect(languages.length).toBeGreaterThan(0);
        expect(bytes).toBeGreaterThan(1e6);
      }
    });

    it('are no others than there are', async () => {
      for (const name of ['none', '..%2F..%2Fetc', 'joe']) {
        const response = await fetch(`${server.url}${path}/${name}`, { method: 'POST' });
        expect([response.status, ((await response.json()) as OpenaiError).error.code]).toEqual([
          404,
          'model_not_found',
        ]);
      }
      expect((await fetch(`${server.url}${path}/${small}`, { method: 'DELETE' })).status).toBe(404);
    });

    it('stop being fetched when their client leaves', async () => {
      const leaving = new AbortController();
      const asked = await fetch(`${server.url}${path}/${small}`, { method: 'POST', signal: leaving.signal });
      expect(asked.headers.get('content-type')).toBe('text/event-stream');
      const reader = asked.body?.getReader();
      const { value } = (await reader?.read()) ?? {};
      expect(eventsOf(new TextDecoder().decode(value))[0]).toMatchObject({
        type: 'model.pull.progress',
        model: small,
        stage: 'fetching',
        total_bytes: 5_471_324,
      });
      await expect.poll(() => registry.open).toBe(1);
      expect((await models()).find(({ id }) => id === small)).toMatchObject({ pull: { stage: 'fetching' } });
      leaving.abort();
      await reader?.cancel().catch(() => {});
      await expect.poll(() => registry.open).toBe(0);
      await expect
        .poll(async () => (await models()).find(({ id }) => id === small))
        .toMatchObject({ pull: null, state: 'available' });
      await expect
        .poll(() => server.logs.filter(({ action }) => action === 'admin.model.pull_cancelled'))
        .toMatchObject([{ name: small, by: 'this machine' }]);
    });

    it('are still listed, and still as many as may be, after the settings were read again', async () => {
      const leaving = new AbortController();
      const { signal } = leaving;
      const pull = (): Promise<Response> =>
        fetch(`${server.url}${path}/${small}`, { method: 'POST', signal });
      const asked = await Promise.all(Array.from({ length: mostPulls }, pull)); // one of them fetches, the others wait for it
      await expect.poll(() => registry.open).toBe(1);
      server.signal('SIGHUP');
      await expect
        .poll(() => server.logs.filter(({ message }) => message === 'settings read again').length)
        .toBe(1);
      expect((await models()).find(({ id }) => id === small)?.pull).toMatchObject({
        stage: expect.any(String),
      });
      const refused = await pull();
      expect([refused.status, ((await refused.json()) as OpenaiError).error.code]).toEqual([
        503,
        'overloaded',
      ]);
      leaving.abort();
      await Promise.all(asked.map(({ body }) => body?.cancel().catch(() => {})));
      await expect.poll(() => registry.open).toBe(0);
      await expect
        .poll(async () => (await models()).find(({ id }) => id === small))
        .toMatchObject({ pull: null });
    });

    it('say that no source answers, and no more', async () => {
      const port = new URL(registry.url).port;
      await registry.close();
      const text = await (await fetch(`${server.url}${path}/${small}`, { method: 'POST' })).text();
      expect(eventsOf(text).at(-1)).toMatchObject({
        type: 'error',
        error: { code: 'engine_unavailable', message: expect.stringContaining('no source of it answers') },
      });
      expect(text).not.toMatch(new RegExp(`${port}|npm|${folder}`));
    });

    it('are taken over where their bytes are there, and removed', async (test) => {
      const file = 'silero-vad.onnx';
      const record = await readRecord(dataFolder(), small);
      if (!record) return test.skip('silero-vad is not on this machine');
      await mkdir(packFolder(folder, small), { recursive: true });
      await copyFile(join(packFolder(dataFolder(), small), file), join(packFolder(folder, small), file));
      const text = await (await fetch(`${server.url}${path}/${small}`, { method: 'POST' })).text();
      expect(eventsOf(text).at(-1)).toEqual({ type: 'model.pull.done', model: small });
      expect(await stateOf(small)).toBe('installed');
      const removed = await fetch(`${server.url}${path}/${small}`, { method: 'DELETE' });
      expect([removed.status, await stateOf(small)]).toEqual([200, 'available']);
    });
  });
}
