import { copyFileSync, mkdirSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { dataFolder, installedPack, packFolder } from '../../src/adapters/local/packs.ts';
import { kokoroPack } from '../../src/engine/onnx/packs/kokoro.ts';
import { joePack } from '../../src/engine/onnx/packs/piper.ts';
import { type RunningServer, startServer } from '../conformance/server.ts';
import { post } from '../conformance/suites/context.ts';
import { temporaryFolder } from './support.ts';

const areThere = await Promise.all([joePack, kokoroPack].map((pack) => installedPack(dataFolder(), pack)));
const why = areThere.every((pack) => pack) ? '' : ' (skipped: joe and Kokoro are not both installed)';

/** One that speaks by Kokoro, and has joe's files where a pull that was broken off would have left them. */
async function start(): Promise<RunningServer> {
  const folder = temporaryFolder();
  mkdirSync(packFolder(folder, joePack.id), { recursive: true });
  for (const { name } of joePack.files) {
    const to = join(packFolder(folder, joePack.id), name);
    mkdirSync(dirname(to), { recursive: true });
    copyFileSync(join(packFolder(dataFolder(), joePack.id), name), to);
  }
  symlinkSync(packFolder(dataFolder(), kokoroPack.id), packFolder(folder, kokoroPack.id));
  const env = {
    FISH_DATA_DIR: folder,
    HOME: folder, // no settings of the tester's npm
    npm_config_registry: 'http://127.0.0.1:9/',
    FISH_ENGINE: 'onnx',
    FISH_VOICE: kokoroPack.id,
    FISH_PREWARM: 'false',
  };
  const server = await startServer('node', { env });
  onTestFinished(() => server.stop());
  return server;
}

test.skipIf(why)(
  `a voice that is pulled over HTTP speaks without a restart${why}`,
  {
    timeout: 180_000,
  },
  async () => {
    const server = await start();
    const speak = async (): Promise<Response> =>
      post(`${server.url}/v1/audio/speech`, { input: 'Here I am.', voice: 'joe', response_format: 'wav' });
    const before = await speak();
    expect(before.status).toBe(404);
    await before.body?.cancel();
    const pulled = await fetch(`${server.url}/v1/admin/models/${joePack.id}`, { method: 'POST' });
    expect(await pulled.text()).toContain('model.pull.done');
    const answer = await speak();
    expect([answer.status, answer.headers.get('x-engine')]).toEqual([200, 'onnx']);
    expect((await answer.arrayBuffer()).byteLength).toBeGreaterThan(10_000);
  },
);
