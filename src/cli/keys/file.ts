import { randomBytes } from 'node:crypto';
import { open, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { readKeysFile } from '../../adapters/local/keys-file.ts';
import { makePrivate, makePrivateFolder, PRIVATE_FILE } from '../../adapters/local/private-files.ts';
import { hashKey, type NamedKey, parseKeys } from '../../services/keys.ts';
import { withLock } from '../models/lock.ts';

/** 256 bits: nobody guesses it, so that its plain hash may lie in a file. */
const KEY_BYTES = 32;
const LOCK_WAIT_MS = 30_000;

export async function readKeys(path: string): Promise<readonly NamedKey[]> {
  return parseKeys((await readKeysFile(path)) ?? '');
}

/** Adds a key and returns its secret, which is kept nowhere. @throws when the name is taken */
export async function addKey(path: string, key: Omit<NamedKey, 'sha256' | 'created'>): Promise<string> {
  const secret = `fe_${randomBytes(KEY_BYTES).toString('base64url')}`;
  const made = { ...key, sha256: await hashKey(secret), created: new Date().toISOString() };
  await change(path, (keys) => {
    if (keys.some(({ name }) => name === key.name)) throw new Error(`There is a key ${key.name} already.`);
    return [...keys, made];
  });
  return secret;
}

/** Whether there was one. */
export async function removeKey(path: string, name: string): Promise<boolean> {
  const isIt = (key: NamedKey): boolean => key.name === name;
  if (!(await readKeys(path)).some(isIt)) return false;
  let wasThere = false;
  await change(path, (keys) => {
    wasThere = keys.some(isIt);
    return keys.filter((key) => !isIt(key));
  });
  return wasThere;
}

/** Reads, changes and writes while no other process does: of ten that add at once none is lost. */
async function change(path: string, edit: (keys: readonly NamedKey[]) => readonly NamedKey[]): Promise<void> {
  const tooLong = AbortSignal.timeout(LOCK_WAIT_MS);
  await withLock(
    `${path}.lock`,
    tooLong,
    () => {},
    async () => writeKeys(path, edit(await readKeys(path))),
  ).catch((error: unknown) => {
    throw tooLong.aborted ? new Error(`${path} is being changed by another process. Try again.`) : error;
  });
}

/** In one step, so that a server never reads half a file, nor a power failure leaves one; for its owner alone. */
async function writeKeys(path: string, keys: readonly NamedKey[]): Promise<void> {
  const text = `${JSON.stringify({ keys }, null, 2)}\n`;
  parseKeys(text); // what a server would refuse is not written
  await makePrivateFolder(dirname(path));
  const draft = `${path}.${process.pid}.new`;
  try {
    await writeFile(draft, text, { mode: PRIVATE_FILE, flush: true });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  await flushFolder(dirname(path));
  await makePrivate(path);
}

/** The new name is on the disk then. Not every system lets a folder be opened. */
async function flushFolder(path: string): Promise<void> {
  const folder = await open(path, 'r').catch(() => undefined);
  await folder?.sync().catch(() => {});
  await folder?.close();
}
