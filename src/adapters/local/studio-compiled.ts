import { readFile } from 'node:fs/promises';
import packed from '../../../dist/studio.bin' with { type: 'file' };

/** The web page as a file inside Bun's single executable; `npm run build:studio` puts it into dist/. */
export function readPacked(): Promise<string> {
  return readFile(packed as unknown as string, 'utf8');
}
