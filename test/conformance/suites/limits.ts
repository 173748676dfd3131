import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashKey } from '../../../src/services/keys.ts';
import { type RunningServer, startServer } from '../server.ts';
import { type Context, type OpenaiError, post } from './context.ts';
import { LiveClient } from './live-client.ts';

const created = '2026-11-20T10:00:00Z';

interface Usage {
  readonly key: string;
  readonly data: readonly {
    readonly requests: number;
    readonly characters: number;
    readonly audio_seconds: number;
  }[];
}

/** Named keys with limits of their own. */
export function addLimits({ runtime, origin }: Context): void {
  describe('with named keys and limits', () => {
    let server: RunningServer;
    beforeAll(async () => {
      const keys = [
        { name: 'ada', sha256: await hashKey('key-of-ada'), created, rate: 20 },
        { name: 'bob', sha256: await hashKey('key-of-bob'), created },
        { name: 'ada-2', sha256: await hashKey('key-of-ada-2'), created },
        { name: 'zoe', sha256: await hashKey('key-of-zoe'), created, characters: 42 },
        { name: 'dora', sha256: await hashKey('key-of-dora'), created, rate: 1000 },
        { name: 'carl', sha256: await hashKey('key-of-carl'), created, rate: 1000 },
        { name: 'eve', sha256: await hashKey('key-of-eve'), created, characters: 30 },
        { name: 'lea', sha256: await hashKey('key-of-lea'), created, characters: 30 },
        { name: 'gone', sha256: await hashKey('key-of-gone'), created, expires: '2020-01-01T00:00:00Z' },
      ];
      server = await startServer(runtime, {
        env: { FISH_BACKEND: origin().url, FISH_KEYS: JSON.stringify({ keys }), FISH_RATE_LIMIT: '5' },
      });
    });
    afterAll(() => server?.stop());

    const speak = (key: string, input = 'Hi.'): Promise<Response> =>
      post(
        `${server.url}/v1/audio/speech`,
        { input, response_format: 'pcm' },
        { headers: { authorization: `Bearer ${key}` } },
      );
    /** What `name` used: the end of its first speech may be known to the client before it is counted. */
    const usageOnceHeard = async (name: string): Promise<Usage> => {
      const headers = { authorization: `Bearer key-of-${name}` };
      const read = async (): Promise<Usage> =>
        (await (await fetch(`${server.url}/v1/usage`, { headers })).json()) as Usage;
      await expect.poll(async () => (await read()).data[0]?.audio_seconds).toBeGreaterThan(0);
      return read();
    };
    const statuses = (responses: readonly Response[], status: number): number =>
      responses.filter((response) => response.status === status).length;

    it('asks for a key and knows which are over', async () => {
      expect((await speak('key-of-gone')).status).toBe(401);
      expect((await fetch(`${server.url}/v1/voices`)).status).toBe(401);
    });

    it('lets exactly as many requests through as allowed, however many come at once', async () => {
      const responses = await Promise.all(Array.from({ length: 60 }, () => speak('key-of-ada')));
      await Promise.all(responses.map((response) => response.arrayBuffer()));
      expect([statuses(responses, 200), statuses(responses, 429)]).toEqual([20, 40]);
    });

    it('tells when to come back, in every vocabulary', async () => {
      for (let i = 0; i < 5; i++) await (await speak('key-of-bob')).arrayBuffer();
      const refused = await speak('key-of-bob');
      expect(refused.status).toBe(429);
      expect(((await refused.json()) as OpenaiError).error.code).toBe('rate_limit_exceeded');
      const header = (name: string): string => refused.headers.get(name) ?? '';
      expect(Number(header('retry-after'))).toBeGreaterThanOrEqual(1);
      expect(Number(header('retry-after'))).toBeLessThanOrEqual(60);
      expect(Number(header('retry-after-ms'))).toBeGreaterThan(0);
      expect(Number(header('retry-after-ms'))).toBeLessThanOrEqual(60_000);
      expect([header('x-ratelimit-limit'), header('x-ratelimit-remaining-requests')]).toEqual(['5', '0']);
      expect(Number(header('x-ratelimit-reset'))).toBeGreaterThan(Date.now() / 1000 - 1);
      expect(header('ratelimit-policy')).toBe('"default";q=5;w=60');
      expect(header('ratelimit')).toMatch(/^"default";r=0;t=\d+$/);
    });

    it('counts code points, as all limits of text do', async () => {
      const twenty = `${'😀'.repeat(18)}Hi`; // 38 units of UTF-16
      expect((await speak('key-of-zoe', twenty)).status).toBe(200);
      expect((await speak('key-of-zoe', twenty)).status).toBe(200);
      expect((await speak('key-of-zoe', 'Hi.')).status).toBe(429);
    });

    it('counts characters before anything is spoken', async () => {
      expect((await speak('key-of-eve', 'Twenty characters ok')).status).toBe(200);
      const before = origin().spoken.length;
      const refused = await speak('key-of-eve', 'Twenty more is too many');
      expect([refused.status, refused.headers.get('x-ratelimit-limit-tokens')]).toEqual([429, '30']);
      expect(origin().spoken.length).toBe(before);
    });

    it('counts the characters of a session as they are spoken', async () => {
      const headers = { authorization: 'Bearer key-of-lea' };
      const session = await LiveClient.start(server.url, {}, headers);
      session.say('Twenty characters ok');
      session.send({ event: 'flush' });
      await expect.poll(() => session.audio.length).toBeGreaterThan(0);
      session.say('Twenty characters no');
      session.send({ event: 'flush' });
      const message = 'Too many characters. Please try again later.';
      expect(await session.end()).toEqual({ event: 'finish', reason: 'error', message });
    });

    it('tells a key what it used', async () => {
      await (await speak('key-of-carl', 'Twelve chars')).arrayBuffer();
      const used = await usageOnceHeard('carl');
      expect([used.key, used.data.length]).toEqual(['carl', 1]);
      expect(used.data[0]).toMatchObject({ requests: 1, characters: 12 });
    });

    it('counts audio that passes untouched', async () => {
      const headers = { authorization: 'Bearer key-of-dora' };
      const body = { text: 'Ten words are heard here.', streaming: true, format: 'wav' };
      const response = await post(`${server.url}/v1/tts`, body, { headers });
      const seconds = ((await response.arrayBuffer()).byteLength - 44) / 2 / 44_100;
      expect((await usageOnceHeard('dora')).data[0]?.audio_seconds).toBeCloseTo(seconds, 1);
    });

    it('counts what is played from a signed address, by the address of the player', async () => {
      const headers = { authorization: 'Bearer key-of-ada-2' };
      const made = await post(`${server.url}/v1/audio/speech/url`, { input: 'Again.' }, { headers });
      const { url } = (await made.json()) as { url: string };
      const plays = await Promise.all(Array.from({ length: 8 }, () => fetch(url)));
      await Promise.all(plays.map((play) => play.arrayBuffer()));
      expect([statuses(plays, 200), statuses(plays, 429)]).toEqual([5, 3]);
    });

    it('lets nobody guess keys faster than clients may ask', async () => {
      const guesses = await Promise.all(Array.from({ length: 20 }, (_, i) => speak(`guess-${i}`)));
      expect(statuses(guesses, 401)).toBeLessThanOrEqual(5);
      expect(statuses(guesses, 401) + statuses(guesses, 429)).toBe(20);
      expect((await speak('key-of-dora')).status).toBe(200);
    });

    it('never counts what probes ask for', async () => {
      for (let i = 0; i < 12; i++) expect((await fetch(`${server.url}/v1/health`)).status).toBe(200);
    });
  });
}
