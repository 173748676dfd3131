import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { tone } from '../../fake-origin/tone.ts';
import { anOrigin } from './fish-client.ts';

const script = fileURLToPath(new URL('./fish-on-runtime.ts', import.meta.url));
const binaries = fileURLToPath(new URL('../../../node_modules/.bin/', import.meta.url));
const runtimes: Record<string, string[]> = {
  node: [],
  bun: ['run'],
  deno: ['run', '--allow-all', '--no-lock'],
};
const bytes = tone(0.6).length;

describe.each(Object.entries(runtimes))('the Fish engine on %s', (runtime, args) => {
  test.skipIf(!existsSync(binaries + runtime))(
    'speaks, refuses, breaks visibly and frees the socket of a client that left (skipped without the runtime)',
    { timeout: 60_000 },
    async () => {
      const origin = await anOrigin();
      const run = promisify(execFile)(binaries + runtime, [...args, script, origin.url], { timeout: 50_000 });
      expect(JSON.parse((await run).stdout)).toEqual({
        streamed: { bytes, length: null, rate: 44_100 },
        whole: { bytes, length: bytes, rate: 44_100 },
        odd: { bytes, length: null, rate: 44_100 },
        refused: 'invalid_value',
        engineFails: 'invalid_value',
        diesMidBody: 'origin_unavailable',
        diesMidWav: 'origin_unavailable',
        before: { failure: 'client_gone', freed: true },
        mid: { freed: true },
      });
    },
  );
});
