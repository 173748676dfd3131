import { readFile } from 'node:fs/promises';

const packed: URL = new URL('./studio.bin', import.meta.url);

/** The web page, beside the bundled modules of the npm package. */
export function readPacked(): Promise<string> {
  return readFile(packed, 'utf8');
}
