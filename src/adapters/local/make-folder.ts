import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Node's own way of making the folders above one never ends where the file system says that a folder which is there is missing, as `/proc` does. */
const mayNeverEnd = !('Bun' in globalThis) && !('Deno' in globalThis);

/**
 * Makes a folder and those above it, where there are none.
 * @throws what the file system says when it cannot be made, or something else has its name
 */
export async function makeFolder(path: string, mode: number = 0o777): Promise<void> {
  if (mayNeverEnd) await makeWithParents(path, mode);
  else await mkdir(path, { recursive: true, mode });
}

async function makeWithParents(path: string, mode: number): Promise<void> {
  try {
    await mkdir(path, { mode });
  } catch (error) {
    if (await isFolder(path)) return; // another process may have made it meanwhile
    const parent = dirname(path);
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || parent === path) throw error;
    if (!(await isFolder(parent))) await makeWithParents(parent, mode); // else another process has just made it
    await mkdir(path, { mode }).catch(async (again: unknown) => {
      if (!(await isFolder(path))) throw again;
    });
  }
}

function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
