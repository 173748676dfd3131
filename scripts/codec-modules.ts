import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { readAacModule } from '../src/adapters/local/wasm.ts';

/**
 * Puts codec modules that are no files in their packages into dist/wasm, where bundlers find them: `npm run build:codecs`.
 * Several builds may run at once, and one that watches must not see a file change that is as it was.
 */
const target: string = fileURLToPath(new URL('../dist/wasm/aac.wasm', import.meta.url));

const module: Uint8Array = await readAacModule();
const there: Uint8Array | undefined = await readFile(target).catch(() => undefined);
if (!there || Buffer.compare(there, module) !== 0) {
  await mkdir(new URL('../dist/wasm/', import.meta.url), { recursive: true });
  const partial = `${target}.${process.pid}`;
  await writeFile(partial, module);
  await rename(partial, target);
}
