import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, type Runtime, startServer } from '../conformance/server.ts';
import { type Ability, lacks } from '../conformance/suites/context.ts';
import { type FakeOrigin, startFakeOrigin } from '../fake-origin.ts';
import { ask, type Got, residentBytes } from './ask.ts';

const settings = {
  FISH_FALLBACK: 'false',
  FISH_CACHE: 'off',
  FISH_RETRIES: '1',
  FISH_BREAKER_FAILURES: '1000',
  FISH_BACKEND_TIMEOUT: '1s',
  FISH_BACKEND_IDLE_TIMEOUT: '700ms',
  FISH_BACKEND_TOTAL_TIMEOUT: '2500ms',
  FISH_QUEUE_TIMEOUT: '6s',
  FISH_MAX_WHOLE_AUDIO: '1MiB',
};

/** A status with its body, a break after 200, or so many bytes and an orderly end. */
type End = number | 'break' | { readonly bytes: number };

interface Fault {
  readonly name: string;
  readonly marker: string;
  readonly streamed: End;
  readonly whole: End;
  readonly retryAfter?: string;
  /** What a runtime needs to see it in a stream. */
  readonly needs?: Ability;
}

const faults: readonly Fault[] = [
  { name: 'accepts and stays silent', marker: '[[silent]]', streamed: 504, whole: 504 },
  { name: 'answers 500', marker: '[[status=500]]', streamed: 502, whole: 502 },
  { name: 'answers 502', marker: '[[status=502]]', streamed: 502, whole: 502 },
  {
    name: 'answers 503',
    marker: '[[status=503]] [[retryAfter=1]]',
    streamed: 503,
    whole: 503,
    retryAfter: '1',
  },
  {
    name: 'answers 429',
    marker: '[[status=429]] [[retryAfter=1]]',
    streamed: 503,
    whole: 503,
    retryAfter: '1',
  },
  { name: 'dies before the body', marker: '[[dieBeforeHeaders]]', streamed: 502, whole: 502 },
  { name: 'dies at the body', marker: '[[dieAfterBytes=0]]', streamed: 502, whole: 502 },
  {
    name: 'dies in the middle of the body',
    marker: '[[bodyBytes=400000]] [[dieAfterBytes=200000]]',
    streamed: 'break',
    whole: 'break',
  },
  {
    name: 'falls silent in the middle of the body',
    marker: '[[bodyBytes=400000]] [[silentAfterBytes=200000]]',
    streamed: 'break',
    whole: 'break',
  },
  {
    name: 'sends half a frame at the end',
    marker: '[[bodyBytes=40001]]',
    streamed: 'break',
    whole: 502,
    needs: 'frame-check',
  },
  {
    name: 'sends a body that is too long in time',
    marker: '[[bodyBytes=6000000]] [[chunkBytes=200000]] [[chunkMs=100]]',
    streamed: 'break',
    whole: 'break',
  },
  {
    name: 'sends a body that is too long to be answered whole',
    marker: '[[bodyBytes=8000000]] [[header=unknown]]',
    streamed: { bytes: 8_000_044 },
    whole: 413,
  },
  { name: 'sends nothing', marker: '[[bodyBytes=0]]', streamed: 502, whole: 502 },
  { name: 'sends HTML', marker: '[[answer=<html>no</html>]]', streamed: 502, whole: 502 },
  {
    name: 'sends HTML and calls it audio',
    marker: '[[answer=<html>no</html>]] [[contentType=audio/wav]]',
    streamed: 502,
    whole: 502,
  },
  { name: 'sends a WAV of floats', marker: '[[header=float]]', streamed: 502, whole: 502 },
  {
    name: 'sends a WAV header that promises more',
    marker: '[[header=promises-more]]',
    streamed: 'break',
    whole: 'break',
  },
  {
    name: 'sends a WAV header that promises less',
    marker: '[[header=promises-less]]',
    streamed: { bytes: 1044 },
    whole: { bytes: 1044 },
  },
];

/** Connections that a runtime keeps for later, the one that asks for the list of voices among them. */
const KEPT_SOCKETS = 6;

/** Each fault of one origin with one slot: a slot, a queue entry or a body that leaks stops the test after it. */
export function addOneOrigin(runtime: Runtime): void {
  describe('an origin that', () => {
    let origin: FakeOrigin;
    let server: RunningServer;
    beforeAll(async () => {
      origin = await startFakeOrigin();
      const env = {
        ...settings,
        FISH_BACKEND: origin.url,
        FISH_STATE: runtime === 'workers' ? 'auto' : 'memory',
      };
      server = await startServer(runtime, { env });
    });
    afterAll(async () => {
      await server?.stop();
      await origin?.close();
    });
    /** What comes next is served: the origin has its slot back, and nobody stands in line. */
    afterEach(async () => {
      await origin.until(() => origin.queued === 0);
      const next = await ask(server.url, 'And now?');
      expect([next.status, next.broken]).toEqual([200, false]);
      await origin.until(() => origin.openSockets <= KEPT_SOCKETS);
    });

    it('fails before its first audio is asked again, as often as was set', async () => {
      const before = origin.spoken.length;
      await ask(server.url, '[[status=500]] Once more.');
      expect(origin.spoken.length - before).toBe(2);
    });

    it('fails after its first audio is not: what was heard is not said again', async () => {
      const before = origin.spoken.length;
      await ask(server.url, '[[bodyBytes=400000]] [[dieAfterBytes=200000]] Never more.');
      expect(origin.spoken.length - before).toBe(1);
    });

    for (const { name, marker, streamed, whole, retryAfter, needs } of faults) {
      it.skipIf(needs && lacks(runtime, needs))(`${name}: a stream`, async () => {
        expectEnd(await ask(server.url, `${marker} Hello.`), streamed, retryAfter);
      });

      it(`${name}: a whole answer`, async () => {
        expectEnd(await ask(server.url, `${marker} Hello.`, { streaming: false }), whole, retryAfter);
      });
    }

    it('asks for a longer rest than anybody waits gets it, and clients are told at once', async () => {
      const rest = 6; // above what is waited for
      expect(await ask(server.url, `[[status=503]] [[retryAfter=${rest}]] Hello.`)).toMatchObject({
        status: 503,
        retryAfter: String(rest),
      });
      const before = origin.spoken.length;
      const meanwhile = await ask(server.url, 'Hello?');
      expect(meanwhile).toMatchObject({ status: 503, retryAfter: expect.stringMatching(/^[56]$/) });
      expect(origin.spoken.length).toBe(before);
      await expect.poll(async () => (await ask(server.url, 'Hello?')).status, { timeout: 10_000 }).toBe(200);
    });

    it('blocks its health check while it speaks is healthy', async () => {
      const speaking = ask(server.url, '[[firstByteMs=800]] A long thought.');
      await origin.until(() => origin.queued === 1);
      const health = await (await fetch(`${server.url}/v1/health?detailed=true`)).json();
      expect(health).toMatchObject({ backend: { status: 'healthy' } });
      expect((await speaking).status).toBe(200);
    });

    it('goes wrong again and again leaves no memory behind', async () => {
      const MB = 1_000_000;
      const half = `[[bodyBytes=${2 * MB}]] [[dieAfterBytes=${MB}]] Broken.`;
      const left = `[[bodyBytes=${2 * MB}]] Left.`;
      const round = async (): Promise<void> => {
        await ask(server.url, half);
        await ask(server.url, half, { streaming: false });
        await ask(server.url, left, { leaveAfter: MB / 2 });
        await ask(server.url, '[[status=500]] Refused.');
      };
      for (let i = 0; i < 10; i++) await round();
      const before = residentBytes(server.pid);
      for (let i = 0; i < 30; i++) await round();
      const after = residentBytes(server.pid);
      if (before === undefined || after === undefined) return;
      expect(after - before).toBeLessThan(50 * MB); // of 90 MB that passed
    });
  });
}

function expectEnd(got: Got, end: End, retryAfter: string | undefined): void {
  if (end === 'break') {
    expect(got.broken).toBe(true);
    expect([0, 200]).toContain(got.status); // 0: it broke before even the status had left
    return;
  }
  expect(got.broken).toBe(false);
  if (typeof end === 'object') expect([got.status, got.bytes]).toEqual([200, end.bytes]);
  else {
    expect(got.status).toBe(end);
    expect(got.text).not.toMatch(/CUDA|127\.0\.0\.1|node:|\.ts|html|at /);
  }
  if (retryAfter !== undefined) expect(got.retryAfter).toBe(retryAfter);
}
