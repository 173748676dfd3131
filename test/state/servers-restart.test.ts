import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type RunningServer, type Runtime, startServer } from '../conformance/server.ts';
import { type FakeOrigin, startFakeOrigin } from '../fake-origin.ts';
import { lastingPort } from '../free-port.ts';
import { missingRedis, type RedisServer, startRedis } from './redis-server.ts';

const why = missingRedis ? ` (skipped: ${missingRedis})` : '';
const bodyBytes = 20_000;
const headerBytes = 44;
const held = `[[endless]] [[chunkBytes=4000]] [[chunkMs=50]] [[bodyBytes=${bodyBytes}]]`;
let asked = 0;

/** A stream that goes on until the origin is told to end it. */
function stream(url: string): Promise<Response> {
  return say(url, `${held} Stream ${++asked}.`);
}

function say(url: string, text: string): Promise<Response> {
  return fetch(`${url}/v1/tts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ text, streaming: true }),
  });
}

/** What a client hears of a short speech that nobody has asked for before. */
async function spoken(url: string): Promise<readonly [status: number, isWhole: boolean]> {
  const response = await say(url, `[[bodyBytes=${bodyBytes}]] Word ${++asked}.`);
  return [response.status, (await response.arrayBuffer()).byteLength === headerBytes + bodyBytes];
}

const statusOf = (url: string): Promise<number> =>
  fetch(`${url}/readyz`).then(
    ({ status }) => status,
    () => 0,
  );

describe.skipIf(missingRedis)(`several servers in front of the same origins${why}`, () => {
  let redis: RedisServer;
  /** Each speaks one request after the other: as many as are held at once, and one for what is asked meanwhile. */
  let origins: readonly FakeOrigin[] = [];
  beforeAll(async () => {
    redis = await startRedis();
    origins = await Promise.all([startFakeOrigin(), startFakeOrigin(), startFakeOrigin()]);
  });
  afterAll(async () => {
    await Promise.all(origins.map((origin) => origin.close()));
    await redis?.kill();
  });
  const release = (): void => {
    for (const origin of origins) origin.release();
  };
  const start = (runtime: Runtime, port: number): Promise<RunningServer> =>
    startServer(runtime, {
      env: {
        FISH_LISTEN: `127.0.0.1:${port}`,
        FISH_BACKEND: origins.map(({ url }) => url).join(),
        FISH_FALLBACK: 'false',
        FISH_STATE: redis.url,
      },
    });

  describe.each(['node', 'bun'] as const)('on %s', { timeout: 180_000 }, (runtime) => {
    test('one after the other is restarted, and no stream breaks off', async () => {
      const ports = [await lastingPort(), await lastingPort()];
      const servers = await Promise.all(ports.map((port) => start(runtime, port)));
      try {
        for (const [index, port] of ports.entries()) {
          const [old, other] = [servers[index], servers[1 - index]];
          if (!old || !other) throw new Error('both have started');
          const heard = [await stream(old.url), await stream(other.url)];
          old.signal('SIGTERM');
          await expect.poll(() => statusOf(old.url)).not.toBe(200); // a proxy sends nobody there from now on
          expect([await statusOf(other.url), await spoken(other.url)]).toEqual([200, [200, true]]);
          release();
          for (const response of heard) {
            const { byteLength } = await response.arrayBuffer(); // rejects for a stream that breaks off
            expect((byteLength - headerBytes) % 4000).toBe(0);
          }
          expect(await old.exited).toBe(0);
          servers[index] = await start(runtime, port);
          expect(await spoken(servers[index].url)).toEqual([200, true]);
        }
      } finally {
        await Promise.all(servers.map((server) => server.stop()));
      }
    });

    test('speech begins and goes on while Redis is away, hangs, and after it came back empty', async () => {
      const server = await start(runtime, 0);
      try {
        expect(await spoken(server.url)).toEqual([200, true]);
        const heard = await stream(server.url);
        redis.freeze();
        expect(await spoken(server.url)).toEqual([200, true]);
        await redis.kill();
        expect(await spoken(server.url)).toEqual([200, true]);
        await redis.restart();
        expect(await spoken(server.url)).toEqual([200, true]);
        await expect.poll(() => server.logs.map(({ message }) => message)).toContain('Redis is back');
        expect(await spoken(server.url)).toEqual([200, true]);
        release();
        expect(((await heard.arrayBuffer()).byteLength - headerBytes) % 4000).toBe(0);
      } finally {
        await redis.restart();
        await server.stop();
      }
    });
  });
});
