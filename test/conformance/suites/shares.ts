import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { hashKey } from '../../../src/services/keys.ts';
import { type RunningServer, startServer } from '../server.ts';
import { type Context, endless, type FishError, type OpenaiError, post } from './context.ts';
import { LiveClient, refusal } from './live-client.ts';

const created = '2026-11-20T10:00:00Z';
const keyOf = (name: string): { authorization: string } => ({ authorization: `Bearer key-of-${name}` });

/** No client takes everything. */
export function addShares({ runtime, origin }: Context): void {
  describe('with shares for each client', () => {
    let server: RunningServer;
    beforeAll(async () => {
      const names = ['ada', 'bob', 'eve'];
      const keys = names.map(async (name) => ({ name, sha256: await hashKey(`key-of-${name}`), created }));
      server = await startServer(runtime, {
        env: {
          FISH_BACKEND: origin().url,
          FISH_SLOTS: '20',
          FISH_FALLBACK: 'false',
          FISH_RETRIES: '0',
          FISH_BREAKER_FAILURES: '1000',
          FISH_CACHE: 'off',
          FISH_KEYS: JSON.stringify({ keys: await Promise.all(keys) }),
          FISH_RATE_LIMIT: '0',
          FISH_MAX_SOCKETS: '8',
          FISH_MAX_STREAMS: '8',
        },
      });
    });
    afterAll(() => server?.stop());
    afterEach(() => origin().until(() => origin().queued === 0));

    /** Opens sessions until one is refused. */
    const openAll = async (name: string): Promise<LiveClient[]> => {
      const sessions: LiveClient[] = [];
      for (let i = 0; i < 10; i++) {
        const session = await LiveClient.open(server.url, keyOf(name)).catch(() => undefined);
        if (!session) break;
        sessions.push(session);
      }
      return sessions;
    };
    const closeAll = async (sessions: readonly LiveClient[]): Promise<void> => {
      for (const { socket } of sessions) socket.close();
      await Promise.all(sessions.map(({ closed }) => closed));
    };

    it('gives one key half of the sockets, and another half of the rest', async () => {
      const [ofAda, ofBob] = [await openAll('ada'), await openAll('bob')];
      expect([ofAda.length, ofBob.length]).toEqual([4, 2]);
      const { status, body, retryAfter } = await refusal(server.url, keyOf('ada'));
      const { message } = JSON.parse(body) as FishError;
      expect([status, message]).toEqual([
        429,
        'This key holds its share of 4 sockets. Please try again later.',
      ]);
      expect(retryAfter).toBeGreaterThanOrEqual(1);
      await closeAll([...(await openAll('eve')), ...ofAda, ...ofBob]);
      expect(await mostOpened(() => openAll('eve'))).toBe(4);
    });

    it('gives handshakes that come at once no more than those that come one by one', async () => {
      const openAtOnce = async (): Promise<LiveClient[]> => {
        const asked = Array.from({ length: 8 }, () => LiveClient.open(server.url, keyOf('ada')));
        return (await Promise.allSettled(asked)).flatMap((each) => ('value' in each ? [each.value] : []));
      };
      expect(await mostOpened(openAtOnce)).toBe(4);
    });

    /** A client knows of the end of its session before the place of it is free: until 4 are, and none may be more. */
    const mostOpened = async (open: () => Promise<LiveClient[]>): Promise<number> => {
      let most = 0;
      await expect
        .poll(async () => {
          const opened = await open();
          await closeAll(opened);
          most = Math.max(most, opened.length);
          return opened.length;
        })
        .toBeGreaterThanOrEqual(4);
      return most;
    };

    const speak = (name: string, input: string, init: RequestInit = {}): Promise<Response> =>
      post(
        `${server.url}/v1/audio/speech`,
        { input, response_format: 'pcm' },
        { ...init, headers: keyOf(name) },
      );

    it('gives one key half of the streams, says so, and takes back what ends, in whatever way', async () => {
      const before = origin().spoken.length;
      const asked = Array.from({ length: 4 }, (_, i) => speak('ada', `${endless} Story ${i}.`));
      const first = await Promise.race(asked);
      expect(first.status).toBe(200);
      await origin().until(() => origin().spoken.length === before + 4); // all of them hold their share
      const refused = await speak('ada', 'One more.');
      expect(refused.status).toBe(429);
      const { error } = (await refused.json()) as OpenaiError;
      expect(error).toMatchObject({
        code: 'share_exceeded',
        message: 'This key holds its share of 4 streams. Please try again later.',
      });
      expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      const others = speak('bob', 'Another key is heard.');
      await origin().until(() => origin().spoken.length === before + 5);
      const ending = setInterval(() => origin().release(), 100); // one after the other
      expect((await others).status).toBe(200);
      await (await others).arrayBuffer();
      await Promise.allSettled(asked.map(async (each) => (await each).arrayBuffer()));
      clearInterval(ending);
      for (let i = 0; i < 5; i++) await fails(i);
      expect(await heard('ada')).toEqual([200, 200, 200, 200]);
    });

    /** Asks for something that ends badly. */
    const fails = async (i: number): Promise<void> => {
      const broken = await speak('ada', `[[status=500]] Broken ${i}.`);
      await broken.arrayBuffer();
      const unknown = { input: `Nobody ${i}.`, voice: 'nobody' };
      await (await post(`${server.url}/v1/audio/speech`, unknown, { headers: keyOf('ada') })).arrayBuffer();
      await leave(i);
    };
    /** Leaves after the first audio. */
    const leave = async (i: number): Promise<void> => {
      const leaving = new AbortController();
      const input = `${endless} I leave ${i}.`;
      const response = await speak('ada', input, { signal: leaving.signal });
      await response.body?.getReader().read();
      leaving.abort();
    };
    /** As many streams at once as a key may have, until all of them are let in. */
    const heard = async (name: string): Promise<number[]> => {
      for (let attempt = 0; ; attempt++) {
        const statuses = await Promise.all(
          Array.from({ length: 4 }, async (_, i) => {
            const response = await speak(name, `[[chunkMs=20]] At last ${i}.`);
            await response.arrayBuffer();
            return response.status;
          }),
        );
        if (attempt === 20 || statuses.every((status) => status === 200)) return statuses;
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
    };
  });
}
