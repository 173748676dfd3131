import { readFile } from 'node:fs/promises';
import packed from '../../../dist/dictionary/cmu.bin' with { type: 'file' };

/** The packed dictionary as a file inside Bun's single executable; `npm run build:codecs` puts it into dist/. */
export function readDictionary(): Promise<Uint8Array<ArrayBuffer>> {
  return readFile(packed as unknown as string);
}
