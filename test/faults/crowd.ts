import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, type Runtime, startServer } from '../conformance/server.ts';
import { lacks } from '../conformance/suites/context.ts';
import { type FakeOrigin, startFakeOrigin } from '../fake-origin.ts';
import { ask, type Got } from './ask.ts';
import { requestsSent, untilAtRest } from './at-rest.ts';

const crowd = 100;
const slow = '[[chunkBytes=4000]] [[chunkMs=10]] [[bodyBytes=120000]]';

/** Many at once before one origin with one slot. */
export function addCrowd(runtime: Runtime): void {
  describe('a crowd', () => {
    let origin: FakeOrigin;
    let server: RunningServer;
    beforeAll(async () => {
      origin = await startFakeOrigin({ generationFactor: 0.05 });
      const env = {
        FISH_BACKEND: origin.url,
        FISH_FALLBACK: 'false',
        FISH_RATE_LIMIT: '0',
        FISH_QUEUE_TIMEOUT: '2m',
        FISH_STATE: runtime === 'workers' ? 'auto' : 'memory',
      };
      server = await startServer(runtime, { env });
    });
    afterAll(async () => {
      await server?.stop();
      await origin?.close();
    });
    afterEach(() => origin.until(() => origin.queued === 0));
    const since = (before: number): string[] =>
      origin.spoken.slice(before).map(({ body }) => (body as { text: string }).text);
    /** Begins to ask; resolves when the server knows of everybody, and does what it can do for them. */
    const gather = async (begin: () => Promise<Got>[], rests = true): Promise<{ asking: Promise<Got>[] }> => {
      const before = requestsSent();
      const asking = begin();
      await origin.until(() => requestsSent() >= before + asking.length);
      if (rests) await untilAtRest(server.pid);
      return { asking };
    };
    /** All of them are there before the first audio, as they would be with a GPU: who is alone by then shares with nobody. */
    const all = async (text: string, leave: (i: number) => number = () => Infinity): Promise<Got[]> => {
      const { asking } = await gather(() =>
        Array.from({ length: crowd }, (_, i) =>
          ask(server.url, `[[held]] ${text}`, { leaveAfter: leave(i) }),
        ),
      );
      origin.release();
      return Promise.all(asking);
    };

    it(`of ${crowd} with the same words costs one synthesis for each part of the text`, async () => {
      const before = origin.spoken.length;
      const parts = ['One is here.', 'Two is over there by the door.', 'Three came last of them all.'];
      const text = parts.map((part) => `[[held]] ${part}`).join(' ');
      const { asking } = await gather(() => Array.from({ length: crowd }, () => ask(server.url, text)));
      let isOver = false;
      const hearing = Promise.all(asking).finally(() => {
        isOver = true;
      });
      // A part begins when all have heard the one before: whoever is seconds behind the others has it made anew.
      while (!isOver) {
        origin.release();
        await untilAtRest(server.pid);
      }
      const got = await hearing;
      for (const { status, broken } of got) expect([status, broken]).toEqual([200, false]);
      expect(new Set(got.map(({ bytes }) => bytes)).size).toBe(1);
      const texts = since(before);
      expect(texts.length).toBeGreaterThan(1);
      expect(new Set(texts).size).toBe(texts.length);
    });

    it('of whom all but the last leave in the middle: the last hears all', async () => {
      const before = origin.spoken.length;
      const got = await all(`${slow} Stay.`, (i) => (i < crowd - 1 ? 20_000 : Infinity));
      expect(got.at(-1)).toMatchObject({ status: 200, broken: false, bytes: 120_044 });
      expect(since(before)).toHaveLength(1);
      expect(origin.spoken.at(-1)?.leftAt).toBeUndefined();
    });

    it('of whom the first leaves in the middle: the others hear all', async () => {
      const text = `[[held]] ${slow} Go on.`;
      const first = ask(server.url, text, { leaveAfter: 20_000 });
      await origin.until(() => origin.queued === 1);
      const { asking } = await gather(() => [1, 2, 3].map(() => ask(server.url, text)));
      origin.release();
      const others = await Promise.all(asking);
      await first;
      for (const got of others) expect(got).toMatchObject({ status: 200, broken: false, bytes: 120_044 });
    });

    it('of whom all leave in the middle: the origin is let go', async () => {
      const before = origin.spoken.length;
      await all('[[chunkBytes=4000]] [[heldAfterBytes=80000]] [[bodyBytes=120000]] Stop.', () => 20_000);
      await origin.until(() => origin.spoken.at(-1)?.leftAt !== undefined);
      origin.release();
      expect(since(before)).toHaveLength(1);
    });

    it.skipIf(lacks(runtime, 'leave-early'))(
      'of whom all leave before the first audio: the origin is let go',
      async () => {
        const before = origin.spoken.length;
        const leaving = new AbortController();
        const { asking } = await gather(() =>
          Array.from({ length: crowd }, () => ask(server.url, '[[held]] Never.', { signal: leaving.signal })),
        );
        leaving.abort();
        await Promise.all(asking);
        await origin.until(() => origin.spoken.at(-1)?.leftAt !== undefined);
        origin.release();
        expect(since(before)).toHaveLength(1);
      },
    );

    it('with words of their own is served one after the other', async () => {
      let most = 0;
      const watching = setInterval(() => {
        most = Math.max(most, origin.queued);
      }, 1);
      const texts = Array.from({ length: 20 }, (_, i) => `Number ${i}`);
      const got = await Promise.all(texts.map((text) => ask(server.url, text)));
      clearInterval(watching);
      expect(got.map(({ status, broken }) => [status, broken])).toEqual(texts.map(() => [200, false]));
      expect(most).toBe(1);
    });

    it('of whom some leave while they stand in line: the others are served', async () => {
      const before = origin.spoken.length;
      const leaving = new AbortController();
      const busy = ask(server.url, '[[held]] Busy');
      await origin.until(() => origin.queued === 1);
      // On Workers those in line look around again and again, and nobody knows that they left.
      const isTold = !lacks(runtime, 'leave-early');
      const begin = (): Promise<Got>[] => [
        ...[1, 2, 3].map((i) => ask(server.url, `Gone ${i}`, { signal: leaving.signal })),
        ...[1, 2, 3].map((i) => ask(server.url, `Stay ${i}`)),
      ];
      const { asking } = await gather(begin, isTold);
      leaving.abort();
      await Promise.all(asking.slice(0, 3));
      if (isTold) await untilAtRest(server.pid);
      origin.release();
      for (const { status } of await Promise.all([busy, ...asking.slice(3)])) expect(status).toBe(200);
      if (isTold) expect(since(before).join()).not.toContain('Gone');
    });

    it('that leaves in mid-speech leaves the slot to the next', async () => {
      for (let i = 0; i < 5; i++) {
        await ask(server.url, `[[bodyBytes=4000000]] Leave ${i}`, { leaveAfter: 20_000 });
        expect((await ask(server.url, `Next ${i}`)).status).toBe(200);
      }
    });
  });
}
