import { spawn } from 'node:child_process';
import { createHash, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDiskFiles } from '../../src/adapters/local/disk-files.ts';
import type { FileStore } from '../../src/core/store.ts';
import { createFileStore } from '../../src/state/files.ts';
import { openLogged } from './support.ts';

const writer = fileURLToPath(new URL('./files-writer.ts', import.meta.url));
const KILLS = 100;
/** Processes that write into one folder at once. */
const AT_ONCE = 4;
/** From its first write; long enough for several files. */
const MAX_LIFE_MS = 120;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fish-edge-files-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const openFolder = async (path: string): Promise<FileStore> =>
  createFileStore(await openDiskFiles(path), 1 << 30, { lasting: true, shared: false });

/** Starts a writer, and kills it at a random moment of its writing. */
async function killOne(): Promise<void> {
  const child = spawn(process.execPath, [writer, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    await once(child.stdout, 'data');
    await new Promise((resolve) => setTimeout(resolve, randomInt(MAX_LIFE_MS)));
    expect(child.exitCode).toBe(null); // else it failed by itself
  } finally {
    child.kill('SIGKILL');
  }
  await once(child, 'exit');
}

async function checkWhole(files: FileStore): Promise<number> {
  const listed = await files.list('');
  for (const { name, bytes } of listed) {
    const read = await files.get(name);
    expect(read?.length).toBe(bytes);
    expect(
      name.endsWith(
        createHash('sha256')
          .update(read ?? '')
          .digest('hex'),
      ),
    ).toBe(true);
  }
  return listed.length;
}

test('kill -9 in the middle of putting files, 100 times: each is whole or absent, and the store opens clean', async () => {
  let seen = 0;
  let leftOver = 0;
  for (let killed = 0; killed < KILLS; killed += AT_ONCE) {
    await Promise.all(Array.from({ length: AT_ONCE }, killOne));
    leftOver += (await readdir(folder)).filter((file) => file.startsWith('t-')).length;
    const files = await openFolder(folder);
    expect((await readdir(folder)).filter((file) => !file.startsWith('f-'))).toEqual([]);
    seen += await checkWhole(files);
    for (const { name } of await files.list('')) await files.delete(name);
    await files.close();
  }
  expect(seen).toBeGreaterThan(0); // files were written
  expect(leftOver).toBeGreaterThan(0); // and some kills met one half written
}, 120_000);

test('files survive a restart of the server, for their owner alone, and leftovers of a crash do not', async () => {
  const { stores } = await openLogged('sqlite', folder);
  await stores.files.put('voices/a.wav', new Uint8Array(1000).fill(7));
  await stores.close();
  const below = join(folder, 'files');
  await writeFile(join(below, 't-half'), 'half of a file');
  const modes = await Promise.all(['.', 'f-voices!a.wav'].map((name) => stat(join(below, name))));
  expect(modes.map(({ mode }) => (mode & 0o777).toString(8))).toEqual(['700', '600']);
  const { stores: next, logs } = await openLogged('auto', folder);
  expect(await next.files.list('')).toEqual([{ name: 'voices/a.wav', bytes: 1000 }]);
  expect(new Uint8Array((await next.files.get('voices/a.wav')) ?? [])).toEqual(new Uint8Array(1000).fill(7));
  expect(await readdir(below)).toEqual(['f-voices!a.wav']);
  expect(logs).toEqual([]);
  await next.close();
});

test('the files are closed with the other stores', async () => {
  const { stores } = await openLogged('memory', folder);
  await stores.files.put('a', new Uint8Array(1));
  await stores.close();
  expect(await stores.files.get('a')).toBeUndefined();
});

test('a writer whose half written file a server that starts sweeps away writes it again', async () => {
  const one = await openFolder(folder);
  const bytes = new Uint8Array(5_000_000).fill(3);
  for (let i = 0; i < 10; i++) {
    const put = one.put(`a${i}`, bytes);
    for (let j = 0; j < 2; j++) await openDiskFiles(folder);
    await put;
  }
  expect(await checkSizes(one)).toEqual(Array.from({ length: 10 }, () => bytes.length));
});

const checkSizes = async (files: FileStore): Promise<number[]> =>
  (await files.list('')).map(({ bytes }) => bytes);

test.skipIf(!existsSync('/bin/bash'))(
  'a disk without room is a RangeError, the old file stays and nothing is left (needs bash and its ulimit)',
  async () => {
    await (await openFolder(folder)).put('a', new Uint8Array(10));
    const script = `
      const { openDiskFiles } = await import(${JSON.stringify(join(import.meta.dirname, '../../src/adapters/local/disk-files.ts'))});
      const files = await openDiskFiles(${JSON.stringify(folder)});
      const failed = await files.write('a', new Uint8Array(1 << 20)).catch((error) => error);
      console.log(failed.name + ': ' + failed.message);`;
    const command = `ulimit -f 100; exec "$0" --input-type=module -e "$1"`; // in KiB: then writes fail with EFBIG
    const child = spawn('/bin/bash', ['-c', command, process.execPath, script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = once(child, 'exit'); // may be told before what it said
    const [said] = await once(child.stdout.setEncoding('utf8'), 'data');
    await exited;
    expect(said).toBe('RangeError: There is no room on the disk.\n');
    expect(await (await openFolder(folder)).list('')).toEqual([{ name: 'a', bytes: 10 }]);
    expect(await readdir(folder)).toEqual(['f-a']);
  },
);

test('a folder of files that cannot be used: `sqlite` and `disk` do not start, `auto` takes memory and says so with the first file', async () => {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'files'), 'not a folder');
  await expect(openLogged('sqlite', folder)).rejects.toThrow(/^files\.store: .*files cannot be used/);
  await expect(openLogged('memory', folder, 8 << 20, { store: 'disk' })).rejects.toThrow(/^files\.store: /);
  const { stores, logs } = await openLogged('auto', folder);
  expect(logs).toEqual([]);
  await stores.files.put('a', new Uint8Array(1));
  await stores.files.put('b', new Uint8Array(1));
  expect(logs).toEqual(['files are kept in memory and lost with this process']);
  expect(stores.files.abilities).toMatchObject({ lasting: false });
  await stores.close();
});
