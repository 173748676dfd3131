import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { readDictionary } from '../src/adapters/local/dictionary.ts';

/**
 * Puts the packed pronouncing dictionary into dist/dictionary, where bundlers find it: part of `npm run build:codecs`. As with
 * codec-modules.ts, several may run at once, and a file that is right stays as it is.
 */
const target: string = fileURLToPath(new URL('../dist/dictionary/cmu.bin', import.meta.url));

const packed: Uint8Array = await readDictionary();
const there: Uint8Array | undefined = await readFile(target).catch(() => undefined);
if (!there || Buffer.compare(there, packed) !== 0) {
  await mkdir(new URL('../dist/dictionary/', import.meta.url), { recursive: true });
  const partial = `${target}.${process.pid}`;
  await writeFile(partial, packed);
  await rename(partial, target);
}
