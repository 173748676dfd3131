import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Result } from './check.ts';
import type { Ground } from './ground.ts';
import { cacheFolder, runProgram } from './python.ts';

/** Programs of the module in `go/`; go.mod pins what they use. */
export const goPackages: readonly string[] = ['openai-go', 'fish-audio-go'];
const folder: string = join(import.meta.dirname, 'go');
const BUILD_DEADLINE_MS = 300_000;

export async function runGo(name: string, ground: Ground): Promise<Result[]> {
  mkdirSync(cacheFolder, { recursive: true });
  const program = join(cacheFolder, name);
  const args = ['build', '-o', program, `./${name}`];
  const { status, stderr } = spawnSync('go', args, {
    cwd: folder,
    encoding: 'utf8',
    timeout: BUILD_DEADLINE_MS,
  });
  if (status !== 0) {
    const why = `cannot be built here: ${stderr.trim().split('\n').at(-1)}`.slice(0, 300);
    return [{ client: name, version: '', check: 'everything', ok: null, why }];
  }
  return runProgram(name, program, [], ground);
}
