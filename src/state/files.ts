import type { Abilities, FileStore } from '../core/store.ts';

/** A place for bytes by name, for example a folder or a bucket. Each call throws when the place cannot be reached. */
export interface FileStorage {
  /** @throws when the file has more than `maxBytes` */
  read(name: string, maxBytes: number): Promise<Uint8Array | undefined>;
  /** Whole or not at all. @throws RangeError where there is no room */
  write(name: string, bytes: Uint8Array): Promise<void>;
  /** Whether there was one. */
  remove(name: string): Promise<boolean>;
  /** All that begin with `prefix`, in any order. */
  list(prefix: string): Promise<readonly StoredFile[]>;
  close?(): Promise<void>;
}

export interface StoredFile {
  readonly name: string;
  readonly bytes: number;
}

/** A minute and a half of a voice at 48 kHz with two channels, uncompressed. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;
const MAX_NAME = 200;
const validName = /^[\w~:@+=,-](?:[\w.~:@+=,-]|\/(?=[\w~:@+=,-]))*$/;

/**
 * Letters, digits and `-_.~:@+=,` in segments between single slashes, none of which begins with a dot; at most 200
 * characters, of which a capital counts twice. Such a name means one file on any disk, whatever it thinks of case, and
 * cannot leave a folder or a bucket.
 */
function isFileName(name: string): boolean {
  const length = name.length + (name.match(/[A-Z]/g)?.length ?? 0);
  return length <= MAX_NAME && validName.test(name) && !/\.(?:\/|$)/.test(name);
}

/**
 * What holds for files wherever they lie: names, sizes and the bound on the total. In a place that others share, the total
 * may pass its bound by what is put in the same moment.
 */
export function createFileStore(
  storage: FileStorage,
  maxBytes: number,
  abilities: Pick<Abilities, 'lasting' | 'shared'>,
): FileStore {
  const maxValueBytes = Math.min(MAX_FILE_BYTES, maxBytes);
  let lastPut: Promise<void> = Promise.resolve();

  const write = async (name: string, bytes: Uint8Array): Promise<void> => {
    const others = (await storage.list('')).filter((file) => file.name !== name);
    const total = others.reduce((sum, file) => sum + file.bytes, bytes.byteLength);
    if (total > maxBytes) throw new RangeError('There is no room for the file.');
    await storage.write(name, bytes);
  };

  return {
    abilities: { atomic: true, maxValueBytes, ...abilities },
    get: async (name) => (isFileName(name) ? storage.read(name, maxValueBytes) : undefined),
    async put(name, bytes) {
      if (!isFileName(name)) throw new RangeError('No file can have this name.');
      if (bytes.byteLength > maxValueBytes) throw new RangeError('The file is too large.');
      if (abilities.shared) return write(name, bytes); // on Workers a request may not wait for another one's work
      const put = lastPut.then(() => write(name, bytes));
      lastPut = put.catch(() => {});
      await put;
    },
    delete: async (name) => isFileName(name) && storage.remove(name),
    async list(prefix) {
      const found = (await storage.list(prefix)).filter(
        ({ name }) => isFileName(name) && name.startsWith(prefix),
      );
      return found.sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    async close() {
      await lastPut;
      await storage.close?.();
    },
  };
}

/** Files in this process. */
export function createMemoryStorage(): FileStorage {
  const files = new Map<string, Uint8Array>();
  return {
    read: async (name) => files.get(name),
    write: async (name, bytes) => void files.set(name, bytes.slice()),
    remove: async (name) => files.delete(name),
    list: async (prefix) =>
      [...files].flatMap(([name, { byteLength: bytes }]) =>
        name.startsWith(prefix) ? [{ name, bytes }] : [],
      ),
    close: async () => files.clear(),
  };
}

/** Calls `warn` before the first file is put: who has none need not hear where they would lie. */
export function warnOfFirst(files: FileStore, warn: () => void): FileStore {
  let warned = false;
  return {
    ...files,
    put(name, bytes) {
      if (!warned) warn();
      warned = true;
      return files.put(name, bytes);
    },
  };
}
