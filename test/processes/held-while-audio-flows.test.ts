import { expect, test } from 'vitest';
import { askProbe } from '../../bench/probe.ts';
import { withServing } from '../../bench/processes.ts';
import { bodyFor } from '../../bench/runtimes/loads.ts';
import { hashKey } from '../../src/services/keys.ts';
import { startServer } from '../conformance/server.ts';

const probe = new URL('./streams-alive.ts', import.meta.url).pathname;
/** Each of its slow streams lasts for hours. */
const origin = new URL('../../bench/runtimes/load-origin.ts', import.meta.url);
const streams = 40;
/** Streams of the server itself, and what an engine takes for an object because it found it on its stack. */
const spare = 10;
const secret = 'key-of-ada';
/** Node looks through its whole heap, which takes a busy machine seconds. */
const patienceMs = 60_000;

/**
 * Where audio flows: of an answer its own and that of the origin, and none where Node's own streams carry it. The request had
 * one, and so had each policy on its way.
 */
test.each([
  ['node', '--import', 0],
  ['bun', '--preload', 2],
] as const)(
  'while audio flows no streams are held but those that it flows through: %s',
  async (runtime, flag, mostEach) => {
    const key = { name: 'ada', sha256: await hashKey(secret), created: '2026-11-20T10:00:00Z' };
    await withServing(origin, [], async (backend) => {
      const env = {
        FISH_BACKEND: backend,
        FISH_KEYS: JSON.stringify({ keys: [key] }),
        FISH_SLOTS: String(streams),
        FISH_CLIENT_SHARE: '100',
        FISH_CACHE: 'off',
        FISH_FALLBACK: 'false',
      };
      const server = await startServer(runtime, { env, runtimeArgs: [flag, probe] });
      const leaving = new AbortController();
      const alive = async (): Promise<number> =>
        (await askProbe<{ count: number }>('streams-alive', server, () => server.logs)).count;
      const open = async (): Promise<void> => {
        const response = await fetch(`${server.url}/v1/tts`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', authorization: `Bearer ${secret}` },
          body: JSON.stringify(bodyFor('slow')),
          signal: leaving.signal,
        });
        expect(response.status).toBe(200);
        await response.body?.getReader().read();
      };
      try {
        await Promise.all(Array.from({ length: streams }, open));
        await expect.poll(alive, { timeout: patienceMs }).toBeLessThan(mostEach * streams + spare);
        expect(server.logs.filter(({ message }) => message === 'request')).toEqual([]); // all are still open
      } finally {
        leaving.abort();
        await server.stop();
      }
    });
  },
  3 * patienceMs,
);
