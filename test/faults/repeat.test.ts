import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startFakeOrigin } from '../fake-origin.ts';

const repetitions = 1000;
const MB = 1_000_000;

interface Left {
  readonly heapUsed: number;
  readonly external: number;
  readonly arrayBuffers: number;
  readonly timers: number;
  readonly active: number;
}

test(`${repetitions} requests of all fates leave no memory, timer, request or socket behind`, async () => {
  const origin = await startFakeOrigin({ secondsPerWord: 0.05 });
  try {
    const args = ['--expose-gc', join(import.meta.dirname, 'repeat.ts'), origin.url, String(repetitions)];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    await once(child, 'close');
    const { before, after } = JSON.parse(output) as { before: Left; after: Left };
    expect(after.heapUsed - before.heapUsed).toBeLessThan(2 * MB); // 2 kB a request
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(2 * MB); // of 50 MB that passed
    expect(after.timers).toBe(0);
    expect(after.active).toBe(0);
    await origin.until(() => origin.openSockets === 0 && origin.queued === 0);
  } finally {
    await origin.close();
  }
}, 180_000);
