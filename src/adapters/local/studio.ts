import { readFile } from 'node:fs/promises';

const packed: URL = new URL('../../../dist/studio.bin', import.meta.url);

/** The files of the web page as `npm run build:studio` packed them. @throws when it was not built */
export function readPacked(): Promise<string> {
  return readFile(packed, 'utf8');
}
