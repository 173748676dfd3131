import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSqlite } from '../../src/adapters/local/sqlite.ts';
import { openLogged } from './support.ts';

const hour = 3_600_000;
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fish-edge-unusable-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const garbage = 'this is no database, it is a text, and it is long enough. '.repeat(200);
const damage = (path: string): Promise<void> => writeFile(path, garbage);
async function writeNewer(path: string): Promise<void> {
  const db = await openSqlite(path, { schema: ['CREATE TABLE a (b)'], safe: true });
  db.all('PRAGMA user_version = 99');
  db.close();
}
const kinds = [
  ['damaged', damage],
  ['of a newer version', writeNewer],
] as const;

describe('a store that cannot be used', () => {
  test.each(kinds)(
    'records that are %s stay as they are: `sqlite` does not start, `auto` takes memory',
    async (_, spoil) => {
      const path = join(folder, 'records.db');
      await spoil(path);
      const before = await readFile(path);
      await expect(openLogged('sqlite', folder)).rejects.toThrow(
        /^state\.store: .*records\.db cannot be used/,
      );
      const { stores, logs } = await openLogged('auto', folder);
      expect(logs).toEqual(['state is kept in memory and lost with this process']);
      await stores.blobs.put('a', new Uint8Array(1), { maxAgeMs: hour });
      expect(await stores.blobs.get('a')).toBeDefined();
      await stores.close();
      expect(await readFile(path)).toEqual(before);
    },
  );

  test.each(kinds)('kept speech that is %s begins anew, with one line', async (_, spoil) => {
    await spoil(join(folder, 'cache.db'));
    const { stores, logs } = await openLogged('sqlite', folder);
    expect(logs).toEqual(['kept speech was damaged and begins anew']);
    await stores.blobs.put('a', new Uint8Array(1), { maxAgeMs: hour });
    await stores.close();
    const { stores: next, logs: after } = await openLogged('sqlite', folder);
    expect(await next.blobs.get('a')).toBeDefined();
    expect(after).toEqual([]);
    await next.close();
  });

  test('a data folder that cannot be made is one clear line', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(openLogged('sqlite', join(folder, 'file', 'data'))).rejects.toThrow(/cannot be used/);
  });

  test('a Redis that refuses, and one that stays silent, are one clear line without the password', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as { port: number };
    for (const address of ['127.0.0.1:1', `127.0.0.1:${port}`]) {
      const failure = await openLogged(`redis://user:secret@${address}`, folder).catch(String);
      expect(failure).toContain(`state.store: the Redis at ${address} cannot be used`);
      expect(failure).not.toMatch(/secret|\n/);
    }
    silent.close();
  });
});
