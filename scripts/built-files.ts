import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * What is right stays as it is, anything else is replaced in one go: several builds run at once, and servers read what they make. A
 * build that watches must not see a file change that is as it was.
 * @param folder beside which the file is written: one that somebody lists meanwhile holds only what belongs there
 */
export async function putFile(target: string, contents: Uint8Array, folder = target): Promise<void> {
  const there = await readFile(target).catch(() => undefined);
  if (there && Buffer.compare(there, contents) === 0) return;
  const partial = `${folder}.${process.pid}`;
  await mkdir(dirname(target), { recursive: true });
  await writeFile(partial, contents);
  await rename(partial, target);
}

export async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}
