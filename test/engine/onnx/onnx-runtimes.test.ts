import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { joe, missing } from './onnx-support.ts';

const script = fileURLToPath(new URL('./onnx-on-runtime.ts', import.meta.url));
const binaries = fileURLToPath(new URL('../../../node_modules/.bin/', import.meta.url));
const runtimes: Record<string, string[]> = {
  node: [],
  bun: ['run'],
  deno: ['run', '--no-lock', '--no-prompt', '--allow-read', '--allow-env', '--allow-sys'],
};

describe.each(Object.entries(runtimes))('the embedded voice on %s', (runtime, args) => {
  const skipped =
    missing(joe) ?? (existsSync(binaries + runtime) ? undefined : 'the runtime is not installed');
  const name = `speaks, lets a client leave and ends by itself${skipped ? ` (${skipped})` : ''}`;
  test.skipIf(skipped).each([1, 2])(`${name}, threads: %i`, { timeout: 120_000 }, async (threads) => {
    const command = [...args, script, String(threads)];
    const { stdout } = await promisify(execFile)(binaries + runtime, command, { timeout: 110_000 });
    const said = JSON.parse(stdout) as { rate: number; seconds: number; next: boolean };
    expect(said).toMatchObject({ rate: 22_050, next: true });
    expect(said.seconds).toBeGreaterThan(0.8);
    expect(said.seconds).toBeLessThan(4);
  });
});
