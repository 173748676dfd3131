import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { hasRuntime, type Runtime, startServer } from '../conformance/server.ts';
import { startFakeOrigin } from '../fake-origin.ts';

const headerBytes = 44;
/** What sockets and the server hold for a client that does not read differs: some of these are held whole, some are not. */
const sizes = Array.from({ length: 16 }, (_, index) => (index + 1) * 500_000);
/** A server that cut them would have done so by then. */
const LATER_MS = 300;

/** The head of an answer whose body nobody reads yet. */
async function opened(url: string, bytes: number): Promise<IncomingMessage> {
  const headers = { 'content-type': 'application/json' };
  const call = request(`${url}/v1/tts`, { method: 'POST', headers, agent: false });
  call.end(JSON.stringify({ text: `[[bodyBytes=${bytes}]] ${bytes} bytes.`, streaming: true }));
  const [answer] = (await once(call, 'response')) as [IncomingMessage];
  return answer;
}

/** Bytes until the end; undefined where it is cut. */
async function lengthOf(answer: IncomingMessage): Promise<number | undefined> {
  let length = 0;
  try {
    for await (const chunk of answer) length += (chunk as Uint8Array).length;
    return length;
  } catch {
    return undefined;
  }
}

test.each<Runtime>(['node', 'bun', 'deno'])(
  '%s that is told to stop sends to their end answers that their clients have yet to read',
  async (runtime) => {
    if (!hasRuntime(runtime)) return;
    const origin = await startFakeOrigin();
    const env = {
      FISH_BACKEND: origin.url,
      FISH_FALLBACK: 'false',
      FISH_CACHE: 'off',
      FISH_SLOTS: String(sizes.length),
      FISH_CLIENT_SHARE: '100',
    };
    const server = await startServer(runtime, { env });
    try {
      const answers = await Promise.all(sizes.map((bytes) => opened(server.url, bytes)));
      server.signal('SIGTERM');
      await expect.poll(() => server.logs.map(({ message }) => message)).toContain('stopping');
      await sleep(LATER_MS);
      const lengths = await Promise.all(answers.map(lengthOf));
      expect(lengths).toEqual(sizes.map((bytes) => headerBytes + bytes));
      expect(await server.exited).toBe(0);
    } finally {
      await server.stop();
      await origin.close();
    }
  },
);
