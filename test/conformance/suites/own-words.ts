import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashKey } from '../../../src/services/keys.ts';
import { type RunningServer, startServer } from '../server.ts';
import { type Context, type OpenaiError, post } from './context.ts';
import { LiveClient } from './live-client.ts';

const created = '2026-11-20T10:00:00Z';

interface Entry {
  readonly id: string;
  readonly alias?: string;
  readonly shared: boolean;
}

/** Words belong to the key that taught them. */
export function addOwnWords({ runtime, origin }: Context): void {
  describe('pronunciations of several keys', () => {
    let server: RunningServer;
    beforeAll(async () => {
      const named = async (name: string, more: object = {}): Promise<object> => {
        return { name, sha256: await hashKey(`key-of-${name}`), created, ...more };
      };
      const keys = [
        await named('ada'),
        await named('bob'),
        await named('root', { admin: true }),
        await named('default', { master: true }), // a document cannot say so
        await named('eve', { characters: 300 }),
      ];
      server = await startServer(runtime, {
        env: {
          FISH_BACKEND: origin().url,
          FISH_FALLBACK: 'false',
          FISH_CACHE: 'on',
          FISH_RATE_LIMIT: '0',
          FISH_MAX_PRONUNCIATIONS: '8',
          FISH_API_KEY: 'sesame',
          FISH_KEYS: JSON.stringify({ keys }),
        },
      });
    });
    afterAll(() => server?.stop());

    const headersOf = (name: string): Record<string, string> => {
      return { authorization: `Bearer ${name === 'sesame' ? name : `key-of-${name}`}` };
    };
    const path = (id = ''): string => `${server.url}/v1/pronunciations${id && `/${id}`}`;
    const teach = (name: string, entry: object): Promise<Response> =>
      post(path(), entry, { headers: headersOf(name) });
    const taught = async (name: string, entry: object): Promise<Entry> =>
      (await (await teach(name, entry)).json()) as Entry;
    const list = async (name: string): Promise<string[]> => {
      const response = await fetch(path(), { headers: headersOf(name) });
      return ((await response.json()) as { data: Entry[] }).data.map(({ id }) => id);
    };
    const statusOf = async (method: string, name: string, id: string): Promise<number> =>
      (await fetch(path(id), { method, headers: headersOf(name) })).status;
    const speak = (name: string, input: string): Promise<Response> =>
      post(`${server.url}/v1/audio/speech`, { input }, { headers: headersOf(name) });
    /** What the origin says for it; undefined where the answer was kept. */
    const said = async (name: string, input: string): Promise<string | undefined> => {
      const before = origin().spoken.length;
      const response = await speak(name, input);
      await response.arrayBuffer();
      return (origin().spoken[before]?.body as { text?: string } | undefined)?.text;
    };
    const remove = async (name: string, ...ids: string[]): Promise<void> => {
      for (const id of ids) expect(await statusOf('DELETE', name, id)).toBe(200);
    };

    it('are seen, heard and deleted by it alone, unless they are for all', async () => {
      const own = await taught('ada', { word: 'data', alias: 'dah ta' });
      const other = await taught('bob', { word: 'data', alias: 'day ta' });
      const shared = await taught('root', { word: 'nginx', alias: 'engine x', shared: true });
      expect([own.shared, other.shared, shared.shared]).toEqual([false, false, true]);
      expect(await list('ada')).toEqual([own.id, shared.id]);
      expect(await list('root')).toEqual([shared.id]);
      expect(await list('default')).toEqual([shared.id]);
      expect(await list('sesame')).toEqual([own.id, other.id, shared.id]);
      expect(await statusOf('GET', 'ada', other.id)).toBe(404);
      expect(await statusOf('DELETE', 'ada', other.id)).toBe(404);
      expect(await statusOf('DELETE', 'root', other.id)).toBe(404);
      expect(await statusOf('GET', 'ada', shared.id)).toBe(200);
      expect(await statusOf('DELETE', 'ada', shared.id)).toBe(403);
      const input = 'The data of nginx.';
      expect(await said('ada', input)).toBe('The dah ta of engine x.');
      expect(await said('bob', input)).toBe('The day ta of engine x.');
      expect(await said('sesame', input)).toBe('The data of engine x.');
      await expect.poll(() => said('ada', input)).toBeUndefined(); // its own was kept
      await remove('ada', own.id);
      await remove('root', shared.id);
      await remove('sesame', other.id);
    });

    it('are for all only where the key may say so', async () => {
      const refused = await teach('ada', { word: 'data', alias: 'no', shared: true });
      expect(refused.status).toBe(403);
      expect(((await refused.json()) as OpenaiError).error.code).toBe('permission_denied');
      expect((await teach('default', { word: 'data', alias: 'no', shared: true })).status).toBe(403);
      expect((await teach('ada', { word: 'data', alias: 'no', shared: 'maybe' })).status).toBe(400);
      expect((await teach('sesame', { word: 'data', alias: 'no', shared: false })).status).toBe(400);
      const byMaster = await taught('sesame', { word: 'data', alias: 'for all' });
      const ownOfRoot = await taught('root', { word: 'mine', alias: 'my own' });
      expect([byMaster.shared, ownOfRoot.shared]).toEqual([true, false]);
      await remove('sesame', byMaster.id, ownOfRoot.id);
    });

    it('are as many as the share of a key, also when it teaches many at once', async () => {
      const many = Array.from({ length: 12 }, (_, i) => teach('ada', { word: `word ${i}`, alias: 'x' }));
      const answers = await Promise.all(many);
      expect(answers.filter(({ status }) => status === 201)).toHaveLength(4);
      const refused = answers.find(({ status }) => status === 400);
      const { error } = ((await refused?.json()) ?? {}) as OpenaiError;
      expect(error.message).toBe('This key holds its share of 4 pronunciations; delete some.');
      const others = await taught('bob', { word: 'other', alias: 'x' });
      await remove('ada', ...(await list('ada')));
      await remove('bob', others.id);
    });

    it('count as they are spoken, and make no text endless', async () => {
      const long = await taught('eve', { word: 'a', alias: 'long '.repeat(20).trim() });
      expect((await speak('eve', 'a, a')).status).toBe(200); // 200 characters
      expect((await speak('eve', 'a, a')).status).toBe(429); // 400 are more than 300
      const bomb = await taught('bob', { word: 'a', alias: 'boom '.repeat(40).trim() });
      const refused = await speak('bob', 'a '.repeat(2000));
      expect(refused.status).toBe(400);
      const { error } = (await refused.json()) as OpenaiError;
      expect([error.param, error.message]).toEqual(['input', expect.stringContaining('taught')]);
      const session = await LiveClient.start(server.url, {}, headersOf('bob'));
      session.say('a '.repeat(200), '. ');
      session.send({ event: 'flush' });
      const message = expect.stringContaining('taught');
      expect(await session.end()).toEqual({ event: 'finish', reason: 'error', message });
      const usage = await fetch(`${server.url}/v1/usage`, { headers: headersOf('eve') });
      const { data } = (await usage.json()) as { data: { characters: number }[] };
      expect(data[0]?.characters).toBe(200);
      await remove('eve', long.id);
      await remove('bob', bomb.id);
    });
  });
}
