import { expect, test } from 'vitest';
import { askProbe } from '../../bench/probe.ts';
import { withServing } from '../../bench/processes.ts';
import { bodyFor } from '../../bench/runtimes/loads.ts';
import { hashKey } from '../../src/services/keys.ts';
import { startServer } from '../conformance/server.ts';

const probe = new URL('./requests-alive.ts', import.meta.url).pathname;
/** Each of its slow streams lasts for hours. */
const origin = new URL('../../bench/runtimes/load-origin.ts', import.meta.url);
const streams = 40;
/** An engine may take what it finds on its stack for an object. */
const mostAlive = streams / 4;
const secret = 'key-of-ada';

test.each([
  ['node', '--import'],
  ['bun', '--preload'],
] as const)('while audio flows nothing is held of the request that asked for it: %s', async (runtime, flag) => {
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
      (await askProbe<{ count: number }>('requests-alive', server, () => server.logs)).count;
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
      await expect.poll(alive).toBeLessThan(mostAlive);
      expect(server.logs.filter(({ message }) => message === 'request')).toEqual([]); // all are still open
    } finally {
      leaving.abort();
      await server.stop();
    }
  });
});
