/**
 * Loaded into a server process before its own code (`--import`, `--preload`): SIGUSR2 makes it collect its garbage and
 * print what is left, as one JSON line among the log lines.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread } from 'node:worker_threads';

/** What one collection frees, another may only then see as garbage. */
const collections = 4;
const pauseMs = 20;

async function collect(): Promise<void> {
  for (let time = 0; time < collections; time++) {
    if ('Bun' in globalThis) Bun.gc(true);
    else (globalThis as { gc?: () => void }).gc?.();
    await sleep(pauseMs);
  }
  const { heapUsed, external } = process.memoryUsage();
  process.stdout.write(`${JSON.stringify({ message: 'gc-probe', live: heapUsed + external })}\n`);
}

if (isMainThread) process.on('SIGUSR2', () => void collect());
