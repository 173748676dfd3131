/**
 * The whole app in this process, without a socket of its own, in front of the origin at the address given: everything that can
 * go wrong, over and over. Prints what is left of it as JSON. `node --expose-gc test/faults/repeat.ts http://… 1000`
 */

import { localClock, localPorts } from '../../src/adapters/local/local.ts';
import { nodeFetch } from '../../src/adapters/node/fetch.ts';
import { createApp } from '../../src/app.ts';
import { loadConfig } from '../../src/config/config.ts';
import { createRelay } from '../../src/stream/pass-through.ts';

const [url = '', times = '1000'] = process.argv.slice(2);
const atOnce = 8;
/** Speech that several heard stays for five seconds. */
const longestRestMs = 20_000;
const body = '[[bodyBytes=100000]]';

/** What goes wrong, and when the client leaves: `before` it has heard anything, in the `middle`, or not at all. */
const fates: readonly (readonly [text: string, leaves?: 'before' | 'middle'])[] = [
  ['Nothing. One is here. Two is there.'],
  ['[[status=500]] Refused.'],
  ['[[dieBeforeHeaders]] Dead.'],
  ['[[dieAfterBytes=0]] Dead.'],
  [`${body} [[dieAfterBytes=50000]] Broken.`],
  ['[[bodyBytes=50001]] Half.'],
  ['[[answer=<html>no</html>]] Page.'],
  ['[[header=float]] Floats.'],
  ['[[header=promises-more]] More.'],
  [`${body} [[chunkBytes=20000]] [[chunkMs=2]] Left.`, 'middle'],
  ['[[firstByteMs=20]] Left.', 'before'],
  ['The same words.'],
  ['The same words.', 'before'],
];

const config = loadConfig({
  flags: {},
  env: {
    FISH_BACKEND: url,
    FISH_SLOTS: '4',
    FISH_RETRIES: '1',
    FISH_BREAKER_FAILURES: '1000',
    FISH_FALLBACK: 'false',
    FISH_CACHE: 'off',
    FISH_RATE_LIMIT: '0',
    FISH_LOG_LEVEL: 'error',
  },
});
const relay = createRelay(localClock, { readerMs: 60_000 });
const ports = localPorts({ dataDir: '/nowhere', keysFile: '/nowhere', fetch: nodeFetch(config), relay });
const app = createApp(config, ports);

async function live([text, leaves]: (typeof fates)[number], streaming: boolean): Promise<void> {
  const client = new AbortController();
  const request = new Request('http://gateway/v1/tts', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ text, streaming }),
    signal: client.signal,
  });
  if (leaves === 'before') setTimeout(() => client.abort(), 5);
  const response = await app.fetch(request, '127.0.0.1');
  const reader = response.body?.getReader();
  for (let done = false; reader && !done; ) {
    if (leaves === 'middle') await reader.cancel();
    done = await reader.read().then(
      (read) => read.done,
      () => true, // broken off
    );
  }
}

async function repeat(count: number): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let i = next++; i < count; i = next++) {
      const fate = fates[i % fates.length];
      if (fate) await live(fate, i % 2 === 0);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

/** After what is still on its way has ended. */
async function left(): Promise<Record<string, number>> {
  const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const end = performance.now() + longestRestMs;
  do await new Promise((resolve) => setTimeout(resolve, 100));
  while (timers() > 0 && performance.now() < end);
  globalThis.gc?.();
  await new Promise((resolve) => setTimeout(resolve, 50));
  globalThis.gc?.();
  const { heapUsed, external, arrayBuffers } = process.memoryUsage();
  return { heapUsed, external, arrayBuffers, timers: timers(), active: app.active() };
}

await repeat(300); // what is compiled and kept for good
const before = await left();
await repeat(Number(times));
const after = await left();
process.stdout.write(`${JSON.stringify({ before, after })}\n`);
process.exit(0);
