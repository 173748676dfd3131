import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, type Runtime, startServer } from '../conformance/server.ts';
import { cuttingProxy } from '../engine/fish/cutting-proxy.ts';
import type { Misbehaviour } from '../fake-origin/misbehave.ts';
import { type FakeOrigin, startFakeOrigin } from '../fake-origin.ts';
import { lastingPort } from '../free-port.ts';
import { ask } from './ask.ts';

const settings = {
  FISH_FALLBACK: 'false',
  FISH_CACHE: 'off',
  FISH_BREAKER_PAUSE: '300ms',
  FISH_BACKEND_TIMEOUT: '20s',
  FISH_BACKEND_IDLE_TIMEOUT: '20s',
  FISH_QUEUE_TIMEOUT: '20s',
};
const audioBytes = 44 + 2 * 13_230; // a word

/** An origin at an address that stays, whether anybody listens there or not. */
interface Place {
  readonly url: string;
  readonly trouble: Misbehaviour;
  readonly origin: () => FakeOrigin;
  down(): Promise<void>;
  up(): Promise<void>;
}

async function startPlace(): Promise<Place> {
  const trouble: Misbehaviour = {};
  const port = await lastingPort();
  const start = (): Promise<FakeOrigin> =>
    startFakeOrigin({ port, misbehave: trouble, references: ['anna'] });
  let origin = await start();
  return {
    url: origin.url,
    trouble,
    origin: () => origin,
    down: () => origin.close(),
    async up() {
      origin = await start();
    },
  };
}

/** What several origins make good for each other, and what is left when none can. */
export function addSeveralOrigins(runtime: Runtime): void {
  describe('of three origins', () => {
    let places: Place[];
    let server: RunningServer;
    const shares = (): number[] => places.map(({ origin }) => origin().spoken.length);
    beforeAll(async () => {
      places = await Promise.all([startPlace(), startPlace(), startPlace()]);
      const env = {
        ...settings,
        FISH_BACKEND: backends(),
        FISH_STATE: runtime === 'workers' ? 'auto' : 'memory',
      };
      server = await startServer(runtime, { env });
    });
    afterAll(async () => {
      await server?.stop();
      await Promise.all(places.map(({ down }) => down()));
    });
    const backends = (): string => places.map(({ url }) => url).join(',');
    const speak = (text: string, voice?: string): ReturnType<typeof ask> => {
      return ask(server.url, text, voice === undefined ? {} : { voice });
    };
    const works = async (): Promise<void> => {
      await expect.poll(async () => (await speak('Again')).status, { timeout: 60_000 }).toBe(200);
    };

    it('one has the voice at hand, and speaks it each time', async () => {
      const before = shares();
      for (let i = 0; i < 5; i++) expect((await speak(`Number ${i}`, 'anna')).status).toBe(200);
      const more = shares().map((count, i) => count - (before[i] ?? 0));
      expect(more.sort()).toEqual([0, 0, 5]);
    });

    it('each has one request at a time', async () => {
      const before = shares();
      const all = ['One', 'Two', 'Three'].map((text) => speak(`[[held]] ${text}`));
      for (const place of places) await place.origin().until(() => place.origin().queued === 1);
      for (const { origin } of places) origin().release();
      for (const { status } of await Promise.all(all)) expect(status).toBe(200);
      expect(shares().map((count, i) => count - (before[i] ?? 0))).toEqual([1, 1, 1]);
    });

    it('one gives no answer: nobody fails, and soon nobody waits for it', async () => {
      const [slow] = places;
      if (!slow) return;
      const hasty = { FISH_BACKEND: backends(), FISH_BACKEND_TIMEOUT: '3s', FISH_BREAKER_PAUSE: '60s' };
      const own = await startServer(runtime, { env: { ...settings, ...hasty } });
      slow.trouble.silent = true;
      try {
        const before = slow.origin().spoken.length;
        const asks = Array.from({ length: 12 }, (_, i) => `Number ${i}`);
        for (const text of asks)
          expect(await ask(own.url, text)).toMatchObject({ status: 200, bytes: audioBytes * 2 - 44 });
        expect(slow.origin().spoken.length - before).toBeLessThan(asks.length);
      } finally {
        slow.trouble.silent = false;
        await own.stop();
      }
    });

    it('one is gone: nobody notices', async () => {
      await places[1]?.down();
      for (let i = 0; i < 6; i++) expect((await speak(`Number ${i}`)).status).toBe(200);
      await places[1]?.up();
    });

    it('all are gone: 502, at once when that is known, and all is well when one is back', async () => {
      await Promise.all(places.map(({ down }) => down()));
      for (let i = 0; i < 12; i++) {
        const { status, text } = await ask(server.url, `Number ${i}`, { streaming: i % 2 === 0 });
        expect(status).toBe(502);
        expect(text).not.toMatch(/127\.0\.0\.1|ECONN|refused/i);
      }
      const health = await (await fetch(`${server.url}/v1/health?detailed=true`)).json();
      expect(health).toMatchObject({ backend: { status: 'unhealthy' } });
      await places[2]?.up();
      await works();
      await places[0]?.up();
      await places[1]?.up();
    });

    it('all come and go: each answer is whole, a status, or visibly broken', async () => {
      const asking = new AbortController();
      const got: Awaited<ReturnType<typeof ask>>[] = [];
      const client = async (name: string): Promise<void> => {
        for (let i = 0; !asking.signal.aborted; i++) {
          got.push(await speak(`[[chunkBytes=4000]] [[chunkMs=5]] ${name}${i}`));
        }
      };
      const clients = ['a', 'b', 'c', 'd'].map(client);
      for (let round = 0; round < 3; round++) {
        for (const place of places) {
          await place.down();
          await new Promise((resolve) => setTimeout(resolve, 80));
          await place.up();
        }
      }
      const isWhole = ({ status, broken }: (typeof got)[number]): boolean => status === 200 && !broken;
      await expect.poll(() => got.some(isWhole), { timeout: 60_000 }).toBe(true); // all of them are back
      asking.abort();
      await Promise.all(clients);
      for (const { status, broken, bytes } of got) {
        if (status === 200 && !broken) expect(bytes).toBe(audioBytes);
        else if (!broken) expect([502, 503]).toContain(status);
      }
      await works();
      await Promise.all(places.map(({ origin }) => origin().until(() => origin().queued === 0)));
    });
  });

  describe('an origin that', () => {
    it('resets a connection that is used again, or fails before its first audio, is asked again', async () => {
      const origin = await startFakeOrigin();
      const proxy = await cuttingProxy(origin.url);
      const server = await startServer(runtime, { env: { ...settings, FISH_BACKEND: proxy.url } });
      try {
        expect((await ask(server.url, 'First')).status).toBe(200);
        proxy.cutNextReuse();
        expect((await ask(server.url, 'Second')).status).toBe(200);

        const before = origin.spoken.length;
        await ask(server.url, '[[status=502]] Three times in all');
        expect(origin.spoken.length - before).toBe(3); // as `fish.retries` says
        await ask(server.url, '[[status=500]] Once, as the request may be to blame');
        expect(origin.spoken.length - before).toBe(4);
        const broken =
          '[[bodyBytes=400000]] [[chunkBytes=50000]] [[chunkMs=20]] [[dieAfterBytes=200000]] Once';
        expect((await ask(server.url, broken)).broken).toBe(true);
        expect(origin.spoken.length - before).toBe(5); // what was heard is not said again
      } finally {
        await server.stop();
        await origin.close();
      }
    });

    it('is drained gets nothing', async () => {
      const [used, drained] = [await startFakeOrigin(), await startFakeOrigin()];
      const origins = [{ url: used.url }, { url: drained.url, drain: true }];
      const env = { ...settings, FISH_ORIGINS: JSON.stringify(origins) };
      const server = await startServer(runtime, { env });
      try {
        for (let i = 0; i < 4; i++) expect((await ask(server.url, `Number ${i}`)).status).toBe(200);
        expect([used.spoken.length, drained.spoken.length]).toEqual([4, 0]);
      } finally {
        await server.stop();
        await Promise.all([used.close(), drained.close()]);
      }
    });
  });
}
