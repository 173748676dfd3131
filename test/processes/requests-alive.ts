/**
 * Loaded into a server process before its own code: SIGUSR2 makes it collect its garbage and print how many `Request`s are alive,
 * as one JSON line among the log lines.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread } from 'node:worker_threads';

const { Request } = globalThis; // the server may put its own in its place, made from this one
/** What one collection frees, another may only then see as garbage. */
const collections = 4;

async function requestsAlive(): Promise<number> {
  if (!('Bun' in globalThis)) {
    const { queryObjects } = await import('node:v8');
    return queryObjects(Request, { format: 'count' }); // which collects first
  }
  const { heapStats } = await import('bun:jsc');
  for (let time = 0; time < collections; time++) {
    Bun.gc(true);
    await sleep(0);
  }
  return heapStats().objectTypeCounts.Request ?? 0;
}

async function tell(): Promise<void> {
  process.stdout.write(`${JSON.stringify({ message: 'requests-alive', count: await requestsAlive() })}\n`);
}

if (isMainThread) process.on('SIGUSR2', () => void tell());
