import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Result } from './check.ts';
import { runChild } from './child.ts';
import type { Ground } from './ground.ts';
import { cacheFolder, runProgram } from './python.ts';

/** Programs of the module in `go/`; go.mod pins what they use. */
export const goPackages: readonly string[] = ['openai-go', 'fish-audio-go'];
const folder: string = join(import.meta.dirname, 'go');
/** The first build fetches the modules and compiles the standard library too. */
const BUILD_DEADLINE_MS = 600_000;

export async function runGo(name: string, ground: Ground, signal: AbortSignal): Promise<Result[]> {
  mkdirSync(cacheFolder, { recursive: true });
  const program = join(cacheFolder, name);
  const options = { cwd: folder, deadlineMs: BUILD_DEADLINE_MS, signal };
  const one = (ok: null | false, why: string): Result[] => [
    { client: name, version: '', check: 'everything', ok, why },
  ];
  const fetched = await runChild('go', ['mod', 'download'], options);
  if (!fetched.ok) return one(null, `not fetched here: ${fetched.why}`);
  const built = await runChild('go', ['build', '-o', program, `./${name}`], options);
  if (!built.ok) return one(false, `cannot be built: ${built.why}`);
  return runProgram(name, program, [], ground, signal);
}
