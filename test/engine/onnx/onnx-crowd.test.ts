import { describe, expect, test } from 'vitest';
import type { Engine } from '../../../src/core/engine.ts';
import type { SpeechRequest } from '../../../src/core/request.ts';
import { createOnnxEngine } from '../../../src/engine/onnx/engine.ts';
import { admission } from '../../../src/engine/policy/admission.ts';
import { segments } from '../../../src/engine/policy/segments.ts';
import type { AdmittedEngine } from '../../../src/engine/scheduling/demand.ts';
import { latestStart } from '../../../src/engine/scheduling/room.ts';
import { wasm } from '../../audio/codecs.ts';
import { createFakeClock, type FakeClock } from '../../stream/fake-clock.ts';
import { asking } from '../policy/policy-engine.ts';
import { RATE, type TimedWorkers, timedWorkers } from './timed-workers.ts';

interface Server {
  readonly clock: FakeClock;
  readonly workers: TimedWorkers;
  readonly queue: AdmittedEngine;
  readonly engine: Engine;
  /** From now on its cores take so many times as long. */
  slow(slowness: number): void;
}

const timeoutMs = 120_000;
const deadlineMs = latestStart(timeoutMs);

/** The embedded voice as the server builds it, but for the cache. */
function createServer(options: { workers?: number; slowness?: number; maxPending?: number } = {}): Server {
  const clock = createFakeClock();
  let { slowness = 1 } = options;
  const workers = timedWorkers(clock, () => slowness);
  const onnx = createOnnxEngine(
    { workers: options.workers ?? 2, threads: 1, runtime: async () => 'wasm' },
    {
      packs: async () => [{ id: 'en_US-joe-medium', revision: '0', files: {} }],
      spawnInference: workers.spawn,
      clock,
    },
  );
  const { maxPending = 200 } = options;
  const queue = admission({ starting: 4, maxPending, deadlineMs, demandOf: onnx.demandOf }, { clock })(onnx);
  const isWhole = ({ utteranceId }: SpeechRequest): boolean => utteranceId === undefined;
  const slow = (factor: number): void => {
    slowness = factor;
  };
  return { clock, workers, queue, engine: segments({ enabled: isWhole }, { wasm, clock })(queue), slow };
}

interface Heard {
  readonly code: string;
  /** Milliseconds until it was answered. */
  readonly at: number;
  readonly seconds: number;
  readonly gapsMs: number;
}

const audibleMs = 20;

/** A client that plays from its first byte on. */
async function listen({ engine, clock }: Server, text: string, signal?: AbortSignal): Promise<Heard> {
  const began = clock.now();
  let at = 0;
  let bytes = 0;
  let gapsMs = 0;
  let until: number | undefined;
  try {
    const stream = await engine.open(asking(text), signal ?? new AbortController().signal);
    at = clock.now() - began;
    for await (const pcm of stream.body) {
      const now = clock.now();
      bytes += pcm.length;
      const gap = until === undefined ? 0 : now - until;
      if (gap > audibleMs) gapsMs += gap;
      until = Math.max(until ?? now, now) + (pcm.length / 2 / RATE) * 1000;
    }
    return { code: 'spoken', at, seconds: bytes / 2 / RATE, gapsMs };
  } catch (error) {
    const { code } = (error as { error?: { code: string } }).error ?? { code: String(error) };
    return { code, at: clock.now() - began, seconds: bytes / 2 / RATE, gapsMs };
  }
}

/** Lets time pass until `done` settles. */
async function passTime<T>({ clock }: Pick<Server, 'clock'>, done: Promise<T>, mostMs = 600_000): Promise<T> {
  let over = false;
  const end = (): void => {
    over = true;
  };
  done.then(end, end);
  for (const stop = clock.now() + mostMs; !over && clock.now() < stop; clock.advance(5)) {
    for (let turn = 0; turn < 2; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
  return over ? done : Promise.reject(new Error('It takes too long.'));
}

const short = (client: number): string => `Listener number ${client} came in a little later than the others.`;
const long = (client: number): string =>
  `When the storm had passed, number ${client} of the fishermen went down to the harbor. They checked their boats one by one, and began to repair the nets that the wind had torn. By nine the sun was out. Children ran along the pier, looking for shells and bits of colored glass.`;
const crowd = (size: number, text: (client: number) => string, server: Server): Promise<Heard[]> =>
  Promise.all(Array.from({ length: size }, (_, client) => listen(server, text(client))));

const practice = [97, 98, 99];

/** A server that has spoken before, so that it knows its pace. */
async function practised(options: Parameters<typeof createServer>[0] = {}): Promise<Server> {
  const server = createServer(options);
  for (const client of practice) await passTime(server, listen(server, short(client)));
  return server;
}

describe('the embedded voice', () => {
  test.each([
    ['one', 1, long, {}],
    ['two', 2, long, {}],
    ['six', 6, long, {}],
    ['twenty', 20, short, {}],
    ['twenty with much to hear', 20, long, {}],
    ['twenty on one core', 20, short, { workers: 1 }],
    ['six on cores that are three times as slow', 6, long, { slowness: 3 }],
  ])('speaks to %s at once, to each without a gap', async (_, size, text, options) => {
    const server = await practised(options);
    const heard = await passTime(server, crowd(size, text, server));
    expect(heard.map(({ code }) => code)).toEqual(heard.map(() => 'spoken'));
    expect(heard.map(({ gapsMs }) => gapsMs)).toEqual(heard.map(() => 0));
    expect(server.queue).toMatchObject({ pending: 0 });
  });

  test('lets newcomers in beside those who are heard, without a gap for either', async () => {
    const server = await practised();
    const { clock } = server;
    const came: Promise<Heard>[] = [];
    for (let client = 0; client < 12; client++) {
      came.push(listen(server, client % 3 === 0 ? long(client) : short(client)));
      await passTime(server, new Promise<void>((resolve) => void clock.alarm(700, resolve)));
    }
    const heard = await passTime(server, Promise.all(came));
    expect(heard.map(({ gapsMs }) => gapsMs)).toEqual(heard.map(() => 0));
    expect(Math.max(...heard.map(({ at }) => at))).toBeLessThan(10_000);
  });

  test('goes on with a text that is still being written before newcomers', async () => {
    const server = await practised();
    const others = crowd(20, short, server);
    await passTime(server, new Promise<void>((resolve) => void server.clock.alarm(100, resolve)));
    expect(server.queue.pending).toBeGreaterThan(10);
    const next = server.engine.open(
      asking('And what comes next?', { isContinuation: true }),
      new AbortController().signal,
    );
    const began = server.clock.now();
    await (await passTime(server, next)).body.cancel();
    expect(server.clock.now() - began, 'the step that runs, and its own').toBeLessThan(1000);
    expect((await passTime(server, others)).map(({ code }) => code)).toEqual(Array(20).fill('spoken'));
  });

  test('of two hundred at once refuses as they come those who would wait too long, and nobody later', async () => {
    const server = await practised({ maxPending: 1000 });
    const heard = await passTime(server, crowd(200, long, server));
    const spoken = heard.filter(({ code }) => code === 'spoken');
    const refused = heard.filter(({ code }) => code === 'overloaded');
    expect(spoken.length + refused.length).toBe(200);
    expect(refused.length).toBeGreaterThan(100);
    expect(refused.map(({ at }) => at)).toEqual(refused.map(() => 0));
    const latest = Math.max(...spoken.map(({ at }) => at));
    expect(latest).toBeLessThan(deadlineMs);
    expect(latest, 'it refuses nobody whom it could have served').toBeGreaterThan(deadlineMs / 2);
    expect(spoken.filter(({ gapsMs }) => gapsMs > 0)).toEqual([]);
  });

  test('lets in nobody who would wait in vain where the crowd takes the cores from the voice', async () => {
    const server = await practised({ maxPending: 1000 });
    server.slow(1.8); // what it knows of its pace it learnt alone
    const heard = await passTime(server, crowd(200, long, server));
    const spoken = heard.filter(({ code }) => code === 'spoken');
    expect(spoken.length).toBeGreaterThan(10);
    expect(heard.length - spoken.length).toBe(heard.filter(({ code }) => code === 'overloaded').length);
    expect(Math.max(...spoken.map(({ at }) => at))).toBeLessThan(timeoutMs);
  });

  test('begins nothing for clients that leave the queue, and stops what it makes for those who are heard', async () => {
    const server = await practised();
    const leaving = new AbortController();
    const practisedWindows = server.workers.windows();
    const jobsEach = server.workers.jobs() / practice.length;
    const before = server.workers.jobs();
    const crowded = Promise.all(
      Array.from({ length: 20 }, (_, client) => listen(server, long(client), leaving.signal)),
    );
    await passTime(server, new Promise<void>((resolve) => void server.clock.alarm(1500, resolve)));
    expect(server.queue.pending).toBeGreaterThan(10);
    const windowsEach = practisedWindows / practice.length;
    const [jobs, windows] = [server.workers.jobs(), server.workers.windows()];
    leaving.abort();
    const [after, next] = await passTime(
      server,
      Promise.all([crowded, listen(server, short(0)), listen(server, short(1))]).then(([, ...rest]) => rest),
    );
    expect([after?.code, next?.code]).toEqual(['spoken', 'spoken']);
    expect(Math.max(after?.at ?? 0, next?.at ?? 0), 'their places are free').toBeLessThan(1500);
    expect(server.queue).toMatchObject({ pending: 0 });
    expect(server.workers.jobs() - jobs, 'nothing was begun for the leavers').toBe(2 * jobsEach);
    expect(jobs - before, 'those in the queue were not begun').toBeLessThan(14);
    const underWay = 2;
    expect(server.workers.windows() - windows).toBeLessThanOrEqual(2 * windowsEach + underWay);
  });
});
