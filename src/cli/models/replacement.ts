import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** So long the fallback voice speaks without a look at the default's sources. */
const RETRY_MS = 24 * 60 * 60 * 1000;

const pathOf = (dataDir: string): string => join(dataDir, 'packs', 'default-voice-replaced.txt');

/** Why the default voice was replaced less than a day ago; undefined when it was not. */
export async function readReplacement(dataDir: string): Promise<string | undefined> {
  try {
    const { mtimeMs } = await stat(pathOf(dataDir));
    if (Date.now() - mtimeMs > RETRY_MS) return undefined;
    return await readFile(pathOf(dataDir), 'utf8');
  } catch {
    return undefined;
  }
}

export async function writeReplacement(dataDir: string, why: string): Promise<void> {
  await writeFile(pathOf(dataDir), why);
}
