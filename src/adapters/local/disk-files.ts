import { randomUUID } from 'node:crypto';
import { type FileHandle, open, readdir, rename, rm, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { FileStorage, StoredFile } from '../../state/files.ts';
import { makePrivateFolder, PRIVATE_FILE, tightenFolder } from './private-files.ts';

/*
 * A file lies under its own name with `f-` before it, so that it is none of the system's (`con`). A slash is written `!`, a
 * colon `;`, and a capital as `^` and the small letter: no two names mean one file, on a disk that ignores case either.
 */
const filePrefix = 'f-';
const temporaryPrefix = 't-';

function toFileName(name: string): string {
  const small = name.replace(/[A-Z]/g, (letter) => `^${letter.toLowerCase()}`);
  return filePrefix + small.replaceAll('/', '!').replaceAll(':', ';');
}

function fromFileName(file: string): string {
  const name = file.slice(filePrefix.length).replaceAll('!', '/').replaceAll(';', ':');
  return name.replace(/\^([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** Another process that starts sweeps what this one writes: it is written again. */
const ATTEMPTS = 3;

/**
 * Files in a folder for their owner alone, each written under another name, synced and renamed. What a process that died left
 * half written is swept; the folder is made with the first file.
 *
 * @throws what the file system says when the folder cannot be read
 */
export async function openDiskFiles(folder: string): Promise<FileStorage> {
  await tightenFolder(folder);
  for (const file of await namesIn(folder))
    if (file.startsWith(temporaryPrefix)) await rm(join(folder, file), { force: true });
  const pathOf = (name: string): string => join(folder, toFileName(name));

  return {
    async read(name, maxBytes) {
      const handle = await orNone(open(pathOf(name), 'r'));
      if (!handle) return undefined;
      try {
        const { size } = await handle.stat();
        if (size > maxBytes) throw new Error('the file is larger than any that was put');
        return await handle.readFile();
      } finally {
        await handle.close();
      }
    },
    async write(name, bytes) {
      for (let left = ATTEMPTS; ; left--) {
        try {
          return await writeWhole(folder, pathOf(name), bytes);
        } catch (error) {
          if (isFull(error)) throw new RangeError('There is no room on the disk.');
          if (!isMissing(error) || left <= 1) throw error;
        }
      }
    },
    async remove(name) {
      return (await orNone(unlink(pathOf(name)).then(() => true))) ?? false;
    },
    async list(prefix) {
      const wanted = toFileName(prefix);
      const found = (await namesIn(folder)).filter((file) => file.startsWith(wanted));
      const stored = await Promise.all(found.map((file) => describeFile(folder, file)));
      return stored.filter((file) => file !== undefined);
    },
  };
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return (await orNone(readdir(folder))) ?? [];
}

/** Undefined for one that was deleted meanwhile. */
async function describeFile(folder: string, file: string): Promise<StoredFile | undefined> {
  const found = await orNone(stat(join(folder, file)));
  return found && { name: fromFileName(file), bytes: found.size };
}

async function writeWhole(folder: string, path: string, bytes: Uint8Array): Promise<void> {
  await makePrivateFolder(folder);
  const temporary = join(folder, temporaryPrefix + randomUUID());
  try {
    const handle = await open(temporary, 'wx', PRIVATE_FILE);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncFolder(folder);
}

/** The new name outlives a power failure too, where a folder can be opened. */
async function syncFolder(folder: string): Promise<void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(folder, 'r');
    await handle.sync();
  } catch {
    // not every system, and not every runtime, can
  } finally {
    await handle?.close();
  }
}

async function orNone<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

const codeOf = (error: unknown): unknown => (error as NodeJS.ErrnoException | undefined)?.code;
const isMissing = (error: unknown): boolean => codeOf(error) === 'ENOENT';
const isFull = (error: unknown): boolean => ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(String(codeOf(error)));
