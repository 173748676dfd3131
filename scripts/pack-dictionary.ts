import { fileURLToPath } from 'node:url';
import { readDictionary } from '../src/adapters/local/dictionary.ts';
import { putFile } from './built-files.ts';

/** Puts the packed pronouncing dictionary into dist/dictionary, where bundlers find it: part of `npm run build:codecs`. */
await putFile(fileURLToPath(new URL('../dist/dictionary/cmu.bin', import.meta.url)), await readDictionary());
