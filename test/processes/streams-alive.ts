/**
 * Loaded into a server process before its own code: SIGUSR2 makes it collect its garbage and print how many `ReadableStream`s are
 * alive, as one JSON line among the log lines.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread } from 'node:worker_threads';

/** What one collection frees, another may only then see as garbage. */
const collections = 4;

async function streamsAlive(): Promise<number> {
  if (!('Bun' in globalThis)) {
    const { queryObjects } = await import('node:v8');
    return queryObjects(ReadableStream, { format: 'count' }); // which collects first
  }
  const { heapStats } = await import('bun:jsc');
  for (let time = 0; time < collections; time++) {
    Bun.gc(true);
    await sleep(0);
  }
  return heapStats().objectTypeCounts.ReadableStream ?? 0;
}

async function tell(): Promise<void> {
  process.stdout.write(`${JSON.stringify({ message: 'streams-alive', count: await streamsAlive() })}\n`);
}

if (isMainThread) process.on('SIGUSR2', () => void tell());
