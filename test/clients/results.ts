import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Result } from './check.ts';
import { cacheFolder } from './python.ts';

/**
 * What came of each client when it last ran, by its name. All of them take a quarter of an hour: whoever mends one runs that one, and the
 * page keeps the rows of the others.
 */
const file: string = join(cacheFolder, 'results.json');
type Results = Readonly<Record<string, readonly Result[]>>;

export function lastResults(): Results {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Results;
  } catch {
    return {}; // the first run
  }
}

export function keepResults(name: string, results: readonly Result[]): void {
  mkdirSync(cacheFolder, { recursive: true });
  writeFileSync(file, JSON.stringify({ ...lastResults(), [name]: results }, null, 1));
}
