import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashKey } from '../../../src/services/keys.ts';
import { type RunningServer, startServer } from '../server.ts';
import { bytesOf, type Context, post, startingMs } from './context.ts';

const created = '2026-11-20T10:00:00Z';
const refusal = { error: 'This address was not made here, or was changed.' };
/** 20 characters. */
const twenty = 'Twenty characters ok';

/** To whom signed addresses belong, what they cost, and how they may be spelt. */
export function addSignedLinks({ runtime, origin }: Context): void {
  const keyOf = async (name: string, secret: string, more: object = {}): Promise<object> => {
    return { name, sha256: await hashKey(secret), created, ...more };
  };
  const start = (
    keys: readonly object[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<RunningServer> =>
    startServer(runtime, {
      env: {
        ...env,
        FISH_BACKEND: origin().url,
        FISH_LINKS_SECRET: 'a secret that several servers share',
        ...(keys.length > 0 && { FISH_KEYS: JSON.stringify({ keys }) }),
      },
    });
  const sign = (server: RunningServer, secret: string, input: string): Promise<Response> =>
    post(
      `${server.url}/v1/audio/speech/url`,
      { input, response_format: 'wav', expires_in: 600 },
      secret === '' ? {} : { headers: { authorization: `Bearer ${secret}` } },
    );
  const signed = async (server: RunningServer, secret: string, input: string): Promise<URL> => {
    const response = await sign(server, secret, input);
    expect(response.status).toBe(200);
    return new URL(((await response.json()) as { url: string }).url);
  };
  const status = async (url: URL | string, server?: RunningServer): Promise<number> => {
    const there = server ? new URL(String(url).replace(/^http:\/\/[^/]+/, server.url)) : url;
    const response = await fetch(there);
    await response.arrayBuffer();
    return response.status;
  };
  const used = async (server: RunningServer, secret: string): Promise<unknown> => {
    const headers = { authorization: `Bearer ${secret}` };
    const usage = await (await fetch(`${server.url}/v1/usage`, { headers })).json();
    return (usage as { data: unknown[] }).data[0];
  };

  describe('signed addresses of keys', () => {
    let server: RunningServer;
    beforeAll(async () => {
      server = await start([
        await keyOf('ada', 'key-of-ada', { characters: 30 }),
        await keyOf('eve', 'key-of-eve'),
      ]);
    });
    afterAll(() => server?.stop());

    it('are counted when they are signed, and no more when they are played', async () => {
      const url = await signed(server, 'key-of-ada', twenty);
      expect(await used(server, 'key-of-ada')).toMatchObject({ requests: 1, characters: 20 });
      expect((await sign(server, 'key-of-ada', twenty)).status).toBe(429);
      expect(await status(url)).toBe(200);
      const isKept = async (): Promise<boolean> => (await fetch(url, { method: 'HEAD' })).headers.has('etag');
      await expect.poll(isKept).toBe(true);
      expect(await status(url)).toBe(200);
      expect(await used(server, 'key-of-ada')).toMatchObject({ requests: 1, characters: 20 });
    });

    it('are counted again, for their key, when they have to be spoken again', {
      timeout: startingMs,
    }, async () => {
      const keys = [await keyOf('bob', 'key-of-bob', { characters: 30 })];
      const own = await start(keys, { FISH_LINKS_MAX_AGE: '1s' });
      const url = await signed(own, 'key-of-bob', twenty);
      expect(await status(url)).toBe(200);
      const before = origin().spoken.length;
      await expect.poll(() => status(url)).toBe(429); // what was kept is over
      expect(origin().spoken.length).toBe(before);
      await own.stop();
    });

    it('end with their key, and are not inherited by another of its name', {
      timeout: startingMs,
    }, async () => {
      const url = await signed(server, 'key-of-eve', 'Whose is this?');
      const [same, without, replaced, open] = [
        await start([await keyOf('eve', 'key-of-eve')]),
        await start([await keyOf('bob', 'key-of-bob')]),
        await start([await keyOf('eve', 'another key of eve')]),
        await start([]),
      ];
      const statuses: number[] = [];
      for (const each of [same, without, replaced, open]) statuses.push(await status(url, each));
      expect(statuses).toEqual([200, 403, 403, 403]);
      const nobodys = await signed(open, '', 'Signed while nobody needed a key.');
      expect([await status(nobodys, open), await status(nobodys, same)]).toEqual([200, 403]);
      await Promise.all([same, without, replaced, open].map((each) => each.stop()));
    });

    it('have one spelling: all others are refused alike', async () => {
      const { href } = await signed(server, 'key-of-eve', 'One spelling.');
      const [base = '', query = ''] = href.split('?');
      const [say = '', expires = '', sig = ''] = query.split('&');
      const last = sig.at(-1) ?? '';
      const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
      const sameBits = alphabet[alphabet.indexOf(last) ^ 1] ?? ''; // bits that belong to no byte
      const wrong = [
        `${query}=`,
        `${query}%3D`,
        `${query}%0c`,
        `${query}%20`,
        `${query}%00`,
        `${say}&${expires}&sig=%0c${sig.slice(4)}`,
        `${say}&${expires}&sig=%0c`,
        `${say}&${expires}&sig=%ff`,
        `${say}&${expires}&sig=${'😀'.repeat(11)}`,
        `${say}&${expires}&${sig.slice(0, -1)}${sameBits}`,
        `${say}&${expires}&%73ig=${sig.slice(4)}`,
        `${say}&${expires}.0&${sig}`,
        `${say}&expires=0${expires.slice(8)}&${sig}`,
        `${say}&expires=%2B${expires.slice(8)}&${sig}`,
        `${say}&expires=${expires.slice(8)}e0&${sig}`,
        `${say}&${expires}&${sig}&${sig}`,
        `${say}&${say}&${expires}&${sig}`,
        `${sig}&${expires}&${say}`,
        `${say}%20&${expires}&${sig}`,
        `${say}=&${expires}&${sig}`,
        `${say}&${expires}&${sig}&more=1`,
        `${say}&${expires}`,
        '',
      ];
      const before = origin().spoken.length;
      for (const each of wrong) {
        const response = await fetch(`${base}?${each}`);
        expect([each, response.status, await response.json()]).toEqual([each, 403, refusal]);
      }
      expect(origin().spoken.length).toBe(before);
      expect((await bytesOf(await fetch(href))).length).toBeGreaterThan(44);
    });
  });
}
