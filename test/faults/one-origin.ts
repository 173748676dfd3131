import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type RunningServer, type Runtime, startServer } from '../conformance/server.ts';
import { type FakeOrigin, startFakeOrigin } from '../fake-origin.ts';
import { ask, type Got, residentBytes } from './ask.ts';
import { type End, faultTable } from './fault-table.ts';

/** Of a gateway in front of one origin, whose every fault is to be seen. */
export const oneOriginSettings = {
  FISH_FALLBACK: 'false',
  FISH_CACHE: 'off',
  FISH_RETRIES: '0',
  FISH_BREAKER_FAILURES: '1000',
  FISH_BACKEND_TIMEOUT: '20s',
  FISH_BACKEND_IDLE_TIMEOUT: '20s',
  FISH_BACKEND_TOTAL_TIMEOUT: '60s',
  FISH_QUEUE_TIMEOUT: '20s',
  FISH_MAX_WHOLE_AUDIO: '1MiB',
};

/** For faults that end by a deadline, and for these alone: what is slow for another reason would run into one too. */
export const hastySettings = {
  ...oneOriginSettings,
  FISH_BACKEND_TIMEOUT: '2s',
  FISH_BACKEND_IDLE_TIMEOUT: '2s',
  FISH_BACKEND_TOTAL_TIMEOUT: '3s',
};

/** Connections that a runtime keeps for later, the one that asks for the list of voices among them. */
const KEPT_SOCKETS = 6;

/** Each fault of one origin with one slot: a slot, a queue entry or a body that leaks stops the test after it. */
export function addOneOrigin(runtime: Runtime): void {
  describe('an origin that', () => {
    let origin: FakeOrigin;
    let server: RunningServer;
    let hasty: RunningServer;
    /** Of the last test. */
    let asked: RunningServer;
    beforeAll(async () => {
      origin = await startFakeOrigin();
      const more = { FISH_BACKEND: origin.url, FISH_STATE: runtime === 'workers' ? 'auto' : 'memory' };
      server = await startServer(runtime, { env: { ...oneOriginSettings, ...more } });
      hasty = await startServer(runtime, { env: { ...hastySettings, ...more } });
    });
    afterAll(async () => {
      await Promise.all([server?.stop(), hasty?.stop()]);
      await origin?.close();
    });
    beforeEach(() => {
      asked = server;
    });
    /** What comes next is served: the origin has its slot back, and nobody stands in line. */
    afterEach(async () => {
      await origin.until(() => origin.queued === 0);
      const next = await ask(asked.url, 'And now?');
      expect([next.status, next.broken]).toEqual([200, false]);
      await origin.until(() => origin.openSockets <= KEPT_SOCKETS);
    });

    for (const { name, marker, streamed, whole, retryAfter, late } of faultTable) {
      it(`${name}: a stream`, async () => {
        if (late) asked = hasty;
        expectEnd(await ask(asked.url, `${marker} Hello.`), streamed, retryAfter);
      });

      it(`${name}: a whole answer`, async () => {
        if (late) asked = hasty;
        expectEnd(await ask(asked.url, `${marker} Hello.`, { streaming: false }), whole, retryAfter);
      });
    }

    it('asks for a longer rest than anybody waits gets it, and clients are told at once', async () => {
      const env = { ...oneOriginSettings, FISH_BACKEND: origin.url };
      const resting = await startServer(runtime, { env });
      try {
        const rest = 50; // ten times what is waited for, and less than clients are told at most
        const began = performance.now();
        expect(await ask(resting.url, `[[status=503]] [[retryAfter=${rest}]] Hello.`)).toMatchObject({
          status: 503,
          retryAfter: String(rest),
        });
        const before = origin.spoken.length;
        const meanwhile = await ask(resting.url, 'Hello?');
        const passed = (performance.now() - began) / 1000;
        expect(meanwhile.status).toBe(503);
        expect(Number(meanwhile.retryAfter)).toBeGreaterThanOrEqual(Math.floor(rest - passed));
        expect(Number(meanwhile.retryAfter)).toBeLessThanOrEqual(rest);
        expect(origin.spoken.length).toBe(before);
      } finally {
        await resting.stop();
      }
    });

    it('falls silent between two parts of a text: a stream breaks as it does inside of one', async () => {
      const patient = await startServer(runtime, {
        env: { ...oneOriginSettings, FISH_BACKEND: origin.url, FISH_BACKEND_IDLE_TIMEOUT: '4s' },
      });
      try {
        const before = origin.spoken.length;
        const got = await ask(patient.url, 'One is here. [[silent]] Two is over there by the door.');
        expect(got).toMatchObject({ status: 200, broken: true });
        expect(got.bytes).toBeGreaterThan(44);
        expect(origin.spoken.length - before).toBe(2);
      } finally {
        await patient.stop();
      }
    });

    it('blocks its health check while it speaks is healthy', async () => {
      const speaking = ask(server.url, '[[held]] A long thought.');
      await origin.until(() => origin.queued === 1);
      const health = await (await fetch(`${server.url}/v1/health?detailed=true`)).json();
      expect(health).toMatchObject({ backend: { status: 'healthy' } });
      origin.release();
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
      const grown: number[] = [];
      let before = residentBytes(server.pid);
      // What is left behind is left by every batch; a heap that grows because it is new, or busy, comes to an end.
      for (let batch = 0; batch < 6 && !grown.some((bytes) => bytes < 20 * MB); batch++) {
        for (let i = 0; i < 25; i++) await round(); // 75 MB that pass
        const after = residentBytes(server.pid);
        if (before === undefined || after === undefined) return;
        grown.push(after - before);
        before = after;
      }
      expect(Math.min(...grown)).toBeLessThan(20 * MB);
    });
  });
}

export function expectEnd(got: Got, end: End, retryAfter: string | undefined): void {
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
