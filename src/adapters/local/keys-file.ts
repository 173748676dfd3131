import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

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
