import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { withLock } from '../../src/cli/models/lock.ts';
import { pullPack } from '../../src/cli/models/pull.ts';
import type { VoicePack } from '../../src/engine/onnx/packs/pack.ts';
import {
  packOf,
  pinOf,
  pullOptions,
  sendRange,
  serve,
  someBytes,
  temporaryFolder,
  urlSource,
} from './support.ts';

const voice = someBytes(500_000);

const pullModule = new URL('../../src/cli/models/pull.ts', import.meta.url).href;

/** Another process that pulls the pack. */
function pullElsewhere(pack: VoicePack, dataDir: string): ChildProcess {
  const code = `
    const { pullPack } = await import(${JSON.stringify(pullModule)});
    const [dataDir, pack] = process.argv.slice(1);
    const nothing = () => undefined;
    const progress = { say: nothing, begin: nothing, moved: nothing, end: nothing };
    await pullPack(JSON.parse(pack), { dataDir, progress });
  `;
  const args = ['--input-type=module', '--eval', code, '--', dataDir, JSON.stringify(pack)];
  const child = spawn(process.execPath, args, { stdio: 'inherit' });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

test('of two processes that pull at once one fetches and the other waits for it', async () => {
  const dataDir = temporaryFolder();
  const server = await serve((request, response) =>
    setTimeout(() => sendRange(request, response, voice), 500),
  );
  const pack = packOf({ voice }, [urlSource(server.url, 'voice')]);
  const children = [pullElsewhere(pack, dataDir), pullElsewhere(pack, dataDir)];
  const ends = await Promise.all(children.map((child) => once(child, 'exit')));
  expect(ends.map(([code]) => code)).toEqual([0, 0]);
  expect(server.requests).toEqual(['/voice']);
  expect(pinOf(readFileSync(join(dataDir, 'packs', 'test-pack', 'voice')))).toEqual(pinOf(voice));
  expect(existsSync(join(dataDir, 'packs', 'test-pack.lock'))).toBe(false);
});

test('a process killed in mid-download hinders nobody, and its beginning is used', async () => {
  const dataDir = temporaryFolder();
  const server = await serve((request, response, nth) => {
    if (nth > 1) return sendRange(request, response, voice);
    response.writeHead(200, { etag: '"v1"' }).write(voice.subarray(0, 200_000));
  });
  const pack = packOf({ voice }, [urlSource(server.url, 'voice')]);
  const child = pullElsewhere(pack, dataDir);
  const part = join(dataDir, 'partial', 'test-pack', 'voice.part');
  await expect.poll(() => existsSync(part) && readFileSync(part).length, { timeout: 40_000 }).toBe(200_000);
  child.kill('SIGKILL');
  await once(child, 'exit');
  await pullPack(pack, pullOptions(dataDir));
  expect(server.requests).toEqual(['/voice', '/voice bytes=200000-']);
});

test('a lock whose holder cannot be asked counts as dead when it was not touched for long', async () => {
  const path = join(temporaryFolder(), 'pack.lock');
  writeFileSync(path, JSON.stringify({ pid: 1, host: 'another-machine', token: 'theirs' }));
  const waits: string[] = [];
  const stop = new AbortController();
  const blocked = withLock(
    path,
    stop.signal,
    () => waits.push('waiting'),
    async () => 'in',
  );
  await expect.poll(() => waits).toEqual(['waiting']);
  stop.abort();
  await expect(blocked).rejects.toMatchObject({ kind: 'cancelled' });
  utimesSync(path, 1_000, 1_000);
  await expect(
    withLock(
      path,
      new AbortController().signal,
      () => undefined,
      async () => 'in',
    ),
  ).resolves.toBe('in');
});

test('many at once run one after the other', async () => {
  const path = join(temporaryFolder(), 'pack.lock');
  let inside = 0;
  const turns = Array.from({ length: 8 }, () =>
    withLock(
      path,
      new AbortController().signal,
      () => undefined,
      async () => {
        inside++;
        await new Promise((resolve) => setTimeout(resolve, 5));
        return inside--;
      },
    ),
  );
  expect(await Promise.all(turns)).toEqual(turns.map(() => 1));
});
