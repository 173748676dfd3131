import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  hasRuntime,
  type RunningServer,
  type Runtime,
  spawnServer,
  startServer,
} from '../conformance/server.ts';
import { post } from '../conformance/suites/context.ts';
import { type FakeOrigin, startFakeOrigin } from '../fake-origin.ts';
import { missingRedis, type RedisServer, startRedis } from '../state/redis-server.ts';

const runtimes: readonly Runtime[] = ['node', 'bun'];
const PROCESSES = 2;
const STREAMS = 6;
/** A slow machine takes seconds for each process. */
const STARTING = { timeout: 60_000 };
/** Speech that stands still in its middle. */
const slow = '[[chunkBytes=4000]] [[heldAfterBytes=40000]] [[bodyBytes=80000]]';
const BYTES = 80_044;

describe.each(runtimes)('%s with several processes', (runtime) => {
  describe.skipIf(!hasRuntime(runtime) || missingRedis !== undefined)(
    '(skipped without it, or without Redis)',
    { timeout: 240_000 },
    () => {
      let origins: readonly FakeOrigin[];
      let redis: RedisServer;
      let server: RunningServer;
      beforeAll(async () => {
        redis = await startRedis();
        origins = await Promise.all(Array.from({ length: STREAMS }, () => startFakeOrigin()));
        const env = {
          FISH_PROCESSES: String(PROCESSES),
          FISH_STATE: redis.url,
          FISH_BACKEND: origins.map(({ url }) => url).join(','),
          FISH_CACHE: 'off',
          FISH_FALLBACK: 'false',
          FISH_CLIENT_SHARE: '100',
          FISH_RATE_LIMIT: '0',
        };
        server = await startServer(runtime, { env });
      });
      afterAll(async () => {
        server?.signal('SIGTERM');
        server?.signal('SIGTERM');
        await server?.exited;
        await Promise.all(origins?.map((origin) => origin.close()) ?? []);
        await redis?.kill();
      });

      const linesOf = (message: string): Record<string, unknown>[] =>
        server.logs.filter((line) => line.message === message);
      /** A connection of its own: which process takes it is chosen anew. */
      const speak = (text: string): Promise<Response> =>
        post(`${server.url}/v1/tts`, { text, streaming: true }, { headers: { connection: 'close' } });
      /** Asks until `enough` processes have answered; their ids. */
      const answering = async (
        enough: (pids: ReadonlySet<unknown>) => boolean,
      ): Promise<ReadonlySet<unknown>> => {
        const from = server.logs.length;
        const pids = (): ReadonlySet<unknown> =>
          new Set(server.logs.slice(from).flatMap((line) => (line.message === 'request' ? [line.pid] : [])));
        await expect
          .poll(async () => {
            const answer = await fetch(`${server.url}/v1/models`, { headers: { connection: 'close' } });
            await answer.arrayBuffer();
            return enough(pids());
          }, STARTING)
          .toBe(true);
        return pids();
      };
      /** Streams that stand still, over connections of their own. */
      const openStreams = async (): Promise<{ readonly id: string; readonly bytes: Promise<number> }[]> => {
        const opened = await Promise.all(
          Array.from({ length: STREAMS }, (_, i) => speak(`${slow} Number ${i}.`)),
        );
        return opened.map((answer) => ({
          id: answer.headers.get('x-request-id') ?? '',
          bytes: answer.arrayBuffer().then(
            ({ byteLength }) => byteLength,
            () => 0,
          ),
        }));
      };
      const release = (): void => {
        for (const origin of origins) origin.release();
      };

      /** Empty where nobody answers in time: a process may stand still. */
      const metrics = async (): Promise<string> => {
        const options = { headers: { connection: 'close' }, signal: AbortSignal.timeout(5000) };
        return fetch(`${server.url}/metrics`, options).then(
          (answer) => answer.text(),
          () => '',
        );
      };
      /** Requests for the list of models. */
      const counted = async (): Promise<number> =>
        Number(/^fish_edge_http_requests_total\{route="\/v1\/models".* (\d+)$/m.exec(await metrics())?.[1]);

      it('answers by all of them, and counts what all of them answered', async () => {
        const pids = await answering((found) => found.size === PROCESSES);
        expect(pids).not.toContain(server.pid);
        const asked = (): number => linesOf('request').filter(({ route }) => route === '/v1/models').length;
        // a process that is busy may not tell in time, and the last line may be on its way
        await expect.poll(async () => (await counted()) === asked(), STARTING).toBe(true);
        await expect
          .poll(metrics, STARTING)
          .toMatch(/^fish_edge_upstream_slots\{upstream="0",kind="fish"\} 1$/m);
        const [stopped] = [...pids].map(Number);
        const before = asked();
        process.kill(stopped ?? 0, 'SIGSTOP');
        try {
          await expect.poll(counted, STARTING).toBe(before);
        } finally {
          process.kill(stopped ?? 0, 'SIGCONT');
        }
      });

      it('loses with a process that is killed its own streams alone, and starts another', async () => {
        // On Bun the system deals out connections by chance: once in a while all of them to the one that is killed.
        for (let whole = 0; whole === 0; ) {
          const before = await answering((found) => found.size === PROCESSES);
          const [killed] = before;
          const streams = await openStreams();
          process.kill(Number(killed), 'SIGKILL');
          await expect
            .poll(() => linesOf('a process ended and is started again').at(-1), STARTING)
            .toMatchObject({ pid: killed });
          release();
          const ended = await Promise.all(streams.map(async ({ id, bytes }) => ({ id, bytes: await bytes })));
          const lineOf = (id: string): unknown => linesOf('request').find((line) => line.id === id)?.pid;
          for (const { id, bytes } of ended) {
            if (bytes === 0) expect(lineOf(id)).toBeUndefined();
            else {
              expect(bytes).toBe(BYTES);
              await expect.poll(() => lineOf(id)).toBeDefined();
              expect(lineOf(id)).not.toBe(killed);
            }
          }
          whole = ended.filter(({ bytes }) => bytes === BYTES).length;
          const after = await answering((found) => found.size === PROCESSES);
          expect(after).not.toContain(killed);
        }
      });

      it('replaces all of them on SIGUSR2, and no stream breaks', async () => {
        const before = await answering((found) => found.size === PROCESSES);
        const streams = await openStreams();
        server.signal('SIGUSR2');
        await expect.poll(() => linesOf('stopping').length, STARTING).toBeGreaterThan(0);
        release();
        expect(await Promise.all(streams.map(({ bytes }) => bytes))).toEqual(Array(STREAMS).fill(BYTES));
        await expect.poll(() => linesOf('the processes were replaced'), STARTING).toHaveLength(1);
        const after = await answering((found) => found.size === PROCESSES);
        for (const pid of before) expect(after).not.toContain(pid);
      });

      it('has each of them read its settings again on SIGHUP, and stops all of them', async () => {
        await answering((found) => found.size === PROCESSES);
        server.signal('SIGHUP');
        await expect.poll(() => linesOf('settings read again'), STARTING).toHaveLength(PROCESSES);
        const streams = await openStreams();
        server.signal('SIGTERM');
        await expect
          .poll(() => linesOf('stopping').filter(({ signal }) => signal === 'stop').length)
          .toBeGreaterThanOrEqual(2 * PROCESSES - 1);
        release();
        expect(await Promise.all(streams.map(({ bytes }) => bytes))).toEqual(Array(STREAMS).fill(BYTES));
        expect(await server.exited).toBe(0);
        await expect(fetch(`${server.url}/livez`)).rejects.toThrow();
      });
    },
  );
});

describe.each(['node', 'bun', 'deno'] as const)('%s refuses several processes', (runtime) => {
  const run = async (env: Readonly<Record<string, string>>): Promise<string> => {
    const child = spawnServer(runtime, ['--processes', '2'], { FISH_LISTEN: '127.0.0.1:0', ...env });
    let stderr = '';
    child.stderr?.on('data', (chunk) => (stderr += chunk));
    const [code] = await once(child, 'close');
    expect(code).toBe(1);
    return stderr;
  };

  it.runIf(runtime !== 'deno')('that would share nothing', async () => {
    expect(await run({ FISH_STATE: 'memory' })).toMatch(
      /^fish-server: server\.processes: state\.store is memory.*\n$/,
    );
    const backend = { FISH_BACKEND: 'http://127.0.0.1:1', FISH_STATE: 'sqlite' };
    expect(await run(backend)).toMatch(
      /^fish-server: server\.processes: .* slots of upstreams by Redis alone.*\n$/,
    );
  });

  it.runIf(runtime === 'deno')('which it cannot start', async () => {
    expect(await run({})).toMatch(/^fish-server: server\.processes: Deno cannot .*\n$/);
  });
});
