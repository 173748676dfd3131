import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeFolder } from '../../src/adapters/local/make-folder.ts';

describe('making a folder', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fish-edge-folder-'));
  });
  afterAll(() => rm(folder, { recursive: true }));
  const modeOf = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8);

  it('makes those above it too, with the same rights, and is content with one that is there', async () => {
    const deep = join(folder, 'one/two/three');
    await makeFolder(deep, 0o700);
    await makeFolder(deep, 0o700);
    await makeFolder(folder);
    expect(await modeOf(deep)).toBe('700');
    expect(await modeOf(join(folder, 'one'))).toBe('700');
  });

  it('is content when others make the same one at once', async () => {
    for (let round = 0; round < 20; round++) {
      const deep = join(folder, `${round}/b/c/d`);
      await Promise.all(Array.from({ length: 20 }, () => makeFolder(deep)));
      expect((await stat(deep)).isDirectory()).toBe(true);
    }
  });

  it('refuses where a file is, or lies above', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    await expect(makeFolder(file)).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(makeFolder(join(file, 'below/it'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  });

  it.runIf(process.platform === 'linux')('ends where a file system takes no folders', async () => {
    await expect(makeFolder('/proc/nothing/deeper')).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(makeFolder('/proc/nothing')).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(makeFolder('/dev/null/deeper')).rejects.toMatchObject({ code: 'ENOTDIR' });
  });
});
