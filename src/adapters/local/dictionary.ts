import { readFile } from 'node:fs/promises';
import { packDictionary } from '../../engine/onnx/phonemes/pack-dictionary.ts';

/**
 * The CMU pronouncing dictionary, packed, out of the installed package. Its module is read as a file: imported, all of it would
 * stay in memory as an object for good.
 *
 * @throws when the package is not there
 */
export async function readDictionary(): Promise<Uint8Array<ArrayBuffer>> {
  return packDictionary(await readFile(new URL(import.meta.resolve('cmu-pronouncing-dictionary'))));
}
