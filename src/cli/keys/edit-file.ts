import { open, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import {
  makePrivate,
  makePrivateFolder,
  PRIVATE_FILE,
  readKeysFile,
} from '../../adapters/local/private-files.ts';
import type { KeysDocument } from '../../services/key-editor.ts';
import { withLock } from '../models/lock.ts';

const LOCK_WAIT_MS = 30_000;

/** Reads, changes and writes a file of keys while no other process does: of ten that add at once none is lost. */
export function editKeysFile(path: string): NonNullable<KeysDocument['edit']> {
  return async (edit) => {
    const tooLong = AbortSignal.timeout(LOCK_WAIT_MS);
    const work = async (): Promise<void> => {
      const text = edit(await readKeysFile(path));
      if (text !== undefined) await writeKeys(path, text);
    };
    await withLock(`${path}.lock`, tooLong, () => {}, work).catch((error: unknown) => {
      throw tooLong.aborted ? new Error(`${path} is being changed by another process. Try again.`) : error;
    });
  };
}

/** In one step, so that a server never reads half a file, nor a power failure leaves one; for its owner alone. */
async function writeKeys(path: string, text: string): Promise<void> {
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
