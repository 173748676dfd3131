import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, type Runtime, startServer } from '../conformance/server.ts';
import { type FakeOpenai, startFakeOpenai, wordBytes } from '../fake-openai.ts';
import { ask } from './ask.ts';
import type { Fault } from './fault-table.ts';
import { expectEnd, hastySettings, oneOriginSettings } from './one-origin.ts';

/** A word, at the 44.1 kHz of a Fish route. */
const heard = { bytes: 44 + 2 * Math.floor((wordBytes / 2) * (44_100 / 24_000)) };

/** What one upstream of OpenAI's dialect can do wrong. */
const faultTable: readonly Fault[] = [
  { name: 'hangs before its first byte', marker: '[[silent]]', streamed: 504, whole: 504, late: true },
  { name: 'does not know our key', marker: '[[status=401]]', streamed: 502, whole: 502 },
  {
    name: 'answers 429',
    marker: '[[status=429]] [[retryAfter=1]]',
    streamed: 503,
    whole: 503,
    retryAfter: '1',
  },
  { name: 'answers 500 in its own shape', marker: '[[status=500]]', streamed: 400, whole: 400 },
  { name: 'answers 500 in another', marker: '[[status=500]] [[answer=no]]', streamed: 502, whole: 502 },
  {
    name: 'answers 503',
    marker: '[[status=503]] [[retryAfter=1]]',
    streamed: 503,
    whole: 503,
    retryAfter: '1',
  },
  { name: 'refuses the request', marker: '[[status=422]]', streamed: 400, whole: 400 },
  { name: 'dies before the body', marker: '[[dieBeforeHeaders]]', streamed: 502, whole: 502 },
  {
    name: 'dies in the middle of the body',
    marker: '[[bodyBytes=400000]] [[chunkBytes=50000]] [[chunkMs=20]] [[dieAfterBytes=200000]]',
    streamed: 'break',
    whole: 502,
  },
  {
    name: 'falls silent in the middle of the body',
    marker: '[[bodyBytes=400000]] [[silentAfterBytes=200000]]',
    streamed: 'break',
    whole: 504,
    late: true,
  },
  { name: 'sends half a sample at the end', marker: '[[bodyBytes=40001]]', streamed: 'break', whole: 502 },
  { name: 'sends nothing', marker: '[[bodyBytes=0]]', streamed: 400, whole: 502 },
  {
    name: 'sends an error with 200',
    marker: '[[answer={"error":"it is loading"}]]',
    streamed: 502,
    whole: 502,
  },
  {
    name: 'sends an error and calls it audio',
    marker: '[[answer={"error":"it is loading"}]] [[contentType=audio/pcm]]',
    streamed: 502,
    whole: 502,
  },
  { name: 'says that it is MP3', marker: '[[contentType=audio/mpeg]]', streamed: 502, whole: 502 },
  { name: 'is slow', marker: '[[chunkBytes=1001]] [[chunkMs=40]]', streamed: heard, whole: heard },
];

/** As `one-origin.ts`: what leaks stops the test after it. */
export function addOpenaiUpstream(runtime: Runtime): void {
  describe('an upstream of OpenAI’s dialect that', () => {
    let upstream: FakeOpenai;
    let server: RunningServer;
    let hasty: RunningServer;
    /** Of the last test. */
    let asked: RunningServer;
    beforeAll(async () => {
      upstream = await startFakeOpenai();
      const more = {
        FISH_UPSTREAMS: JSON.stringify([{ kind: 'openai', url: upstream.url, slots: 1 }]),
        FISH_STATE: runtime === 'workers' ? 'auto' : 'memory',
      };
      server = await startServer(runtime, { env: { ...oneOriginSettings, ...more } });
      hasty = await startServer(runtime, { env: { ...hastySettings, ...more } });
    });
    afterAll(async () => {
      await Promise.all([server?.stop(), hasty?.stop()]);
      await upstream?.close();
    });
    afterEach(async () => {
      await upstream.until(() => upstream.running === 0);
      const next = await ask(asked.url, 'And now?');
      expect([next.status, next.broken]).toEqual([200, false]);
    });

    for (const { name, marker, streamed, whole, retryAfter, late } of faultTable) {
      it(`${name}: a stream`, async () => {
        asked = late ? hasty : server;
        expectEnd(await ask(asked.url, `${marker} Hello.`), streamed, retryAfter);
      });

      it(`${name}: a whole answer`, async () => {
        asked = late ? hasty : server;
        expectEnd(await ask(asked.url, `${marker} Hello.`, { streaming: false }), whole, retryAfter);
      });
    }
  });

  describe('of two upstreams of OpenAI’s dialect', () => {
    it('one that asks for rest is made good for by the other', async () => {
      const sick = { status: 429, retryAfter: '60' };
      const servers = [await startFakeOpenai({ misbehave: sick }), await startFakeOpenai()];
      const list = servers.map(({ url }) => ({ kind: 'openai', url }));
      const server = await startServer(runtime, {
        env: {
          ...oneOriginSettings,
          FISH_RETRIES: '2',
          FISH_BREAKER_FAILURES: '3',
          FISH_UPSTREAMS: JSON.stringify(list),
        },
      });
      try {
        for (let i = 0; i < 4; i++) expect((await ask(server.url, `Number ${i}`)).status).toBe(200);
        expect(servers[0]?.calls.length).toBeLessThan(2);
        expect(servers[1]?.calls.length).toBe(4);
      } finally {
        await server.stop();
        await Promise.all(servers.map((each) => each.close()));
      }
    });
  });
}
