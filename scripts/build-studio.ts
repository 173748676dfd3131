import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { filesIn } from './built-files.ts';

/**
 * Builds the web page: `npm run build:studio`, and every `npm install`. Its files go into dist/studio, where Workers' assets are taken
 * from, and compressed into one, dist/studio.bin, which the other runtimes read. Several builds may run at once, and nothing is
 * built that is as new as its source. Without a page the server answers `/` as without a browser: a failure is told, and no more.
 */
const root = fileURLToPath(new URL('../', import.meta.url));
const source = join(root, 'studio');
const folder = join(root, 'dist/studio');
const packed = join(root, 'dist/studio.bin');

if (await isOld()) {
  await mkdir(folder, { recursive: true }); // wrangler wants it, whatever is in it
  try {
    await build();
  } catch (error) {
    console.error(`The web page is not built: ${(error as Error).message.split('\n')[0]}`);
    await writeFile(packed, '{}', { flag: 'wx' }).catch(() => {}); // Bun's compiler wants it
  }
}

async function build(): Promise<void> {
  const { build: bundle } = await import('vite'); // a development dependency: it may not be there
  const made = `${folder}.${process.pid}`;
  await bundle({
    configFile: join(source, 'vite.config.ts'),
    root: source,
    logLevel: 'error',
    build: { outDir: made, emptyOutDir: true },
  });
  const files: Record<string, string> = {};
  for (const path of await filesIn(made)) {
    files[relative(made, path)] = gzipSync(await readFile(path), { level: 9 }).toString('base64');
  }
  await writeFile(`${packed}.${process.pid}`, JSON.stringify(files));
  await rm(folder, { recursive: true, force: true });
  await rename(made, folder);
  await rename(`${packed}.${process.pid}`, packed);
}

async function isOld(): Promise<boolean> {
  const made = await stat(packed).catch(() => undefined);
  if (!made || made.size <= 2 || !(await stat(join(folder, 'index.html')).catch(() => undefined)))
    return true;
  const sources = [...(await filesIn(source)), join(root, 'package.json'), fileURLToPath(import.meta.url)];
  const changed = await Promise.all(sources.map((path) => stat(path)));
  return changed.some(({ mtimeMs }) => mtimeMs > made.mtimeMs);
}
