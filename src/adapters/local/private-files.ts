import { chmod, open, readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { makeFolder } from './make-folder.ts';

/** For their owner alone. Windows has no such bits: what is made there has the rights of its folder. */
export const PRIVATE_FILE = 0o600;
const PRIVATE_FOLDER = 0o700;
const OTHERS = 0o077;
const hasModes = process.platform !== 'win32';

/** What this software puts into its data folder. */
const ourNames = /^(?:keys\.json|records\.db|cache\.db|packs$|partial$|files$|tuned\.json|\.probe-)/;
const stateNames = /^(?:keys\.json|records\.db|cache\.db)$/;

/** Makes the folder where there is none. */
export async function makePrivateFolder(path: string): Promise<void> {
  await makeFolder(path, PRIVATE_FOLDER);
}

/** Takes all rights of others from a folder that holds nothing but ours. */
export async function tightenFolder(path: string): Promise<void> {
  if (hasModes) await tighten(path, PRIVATE_FOLDER);
}

/**
 * Takes all rights of others from a file of state, and from its folder where that holds nothing but ours (never from `/tmp`).
 * Whatever belongs to somebody else stays as it is.
 */
export async function makePrivate(path: string): Promise<void> {
  if (!hasModes || !(await tighten(path, PRIVATE_FILE))) return;
  const folder = dirname(path);
  const names = await readdir(folder).catch(() => ['unknown']);
  const isOurs = stateNames.test(basename(path)) && names.every((name) => ourNames.test(name));
  if (isOurs) await tighten(folder, PRIVATE_FOLDER);
}

/** An empty file for its owner alone, where there is none: who opens it later takes its rights over. */
export async function makePrivateFile(path: string): Promise<void> {
  await (await open(path, 'a', PRIVATE_FILE)).close();
}

/** False where there is nothing, or where it is not ours to change. */
async function tighten(path: string, mode: number): Promise<boolean> {
  try {
    if (((await stat(path)).mode & OTHERS) !== 0) await chmod(path, mode);
    return true;
  } catch {
    return false;
  }
}

/** Where named keys are kept: the file that was asked for, else `keys.json` in the data folder. */
export function keysFile(asked: string, dataDir: string): string {
  return asked === '' ? join(dataDir, 'keys.json') : asked;
}

/** The file's text, or undefined when there is none. @throws what the file system says otherwise */
export async function readKeysFile(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code, name } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw new Error(`the keys cannot be read (${code ?? name})`); // Deno gives a name alone where it may not look
  }
}
