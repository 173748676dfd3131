import { readFile } from 'node:fs/promises';

const file: URL = new URL('./cmu.bin', import.meta.url);

/** The packed pronouncing dictionary, beside the bundled modules of the npm package. */
export function readDictionary(): Promise<Uint8Array<ArrayBuffer>> {
  return readFile(file);
}
