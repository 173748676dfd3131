import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashKey } from '../../../src/services/keys.ts';
import { type RunningServer, startServer } from '../server.ts';
import { type Context, type OpenaiError, post, startingMs } from './context.ts';

const page = 'https://app.example';
const created = '2026-11-20T10:00:00Z';

/** What web pages may do, and who is limited. */
export function addWebPages({ runtime, origin, server: usual }: Context): void {
  const preflight = (url: string, from: string, asked: string, method = 'POST'): Promise<Response> =>
    fetch(url, {
      method: 'OPTIONS',
      headers: {
        origin: from,
        'access-control-request-method': method,
        'access-control-request-headers': asked,
      },
    });
  const allowed = (response: Response, what: string): string =>
    response.headers.get(`access-control-${what}`) ?? '';
  /** With headers that no `fetch` sends. */
  const raw = (url: string, headers: Record<string, string>): Promise<number> =>
    new Promise((resolve, reject) => {
      request(url, { headers }, (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      })
        .on('error', reject)
        .end();
    });

  describe('preflights', () => {
    it('allow what real clients send, the methods of the route, and for a while', async () => {
      const asked = 'authorization,content-type,x-stainless-arch,x-stainless-retry-count,model,xi-api-key';
      const response = await preflight(`${usual().url}/v1/audio/speech`, page, asked);
      expect([response.status, allowed(response, 'allow-headers')]).toEqual([200, asked]);
      expect(allowed(response, 'allow-methods')).toBe('POST, OPTIONS');
      expect(Number(allowed(response, 'max-age'))).toBeGreaterThanOrEqual(600);
      const words = await preflight(`${usual().url}/v1/pronunciations/pron_1`, page, '', 'DELETE');
      expect(allowed(words, 'allow-methods')).toBe('GET, DELETE, OPTIONS');
    });

    it('echo nothing but names of headers', async () => {
      const names = ['a b', 'a;b', '<script>', 'x'.repeat(101), 'a,,b', 'a\tb', `${'abc,'.repeat(1000)}d`];
      for (const asked of names) {
        const response = await preflight(`${usual().url}/v1/tts`, page, asked);
        expect([response.status, allowed(response, 'allow-headers')]).toEqual([
          200,
          'Authorization, api-key, xi-api-key, model, Content-Type, X-Request-ID',
        ]);
      }
    });

    it('let pages read what answers say', async () => {
      const response = await fetch(`${usual().url}/v1/health`, { headers: { origin: page } });
      const exposed = allowed(response, 'expose-headers').toLowerCase().split(', ');
      for (const name of [
        'retry-after-ms',
        'x-ratelimit-remaining-tokens',
        'age',
        'content-range',
        'ratelimit',
      ])
        expect(exposed).toContain(name);
    });

    it('are answered by the thousand, and count for nobody', async () => {
      const asked = 'authorization,content-type,x-stainless-os';
      for (let round = 0; round < 20; round++) {
        const all = Array.from({ length: 100 }, () => preflight(`${usual().url}/v1/tts`, page, asked));
        for (const response of await Promise.all(all)) {
          expect(response.status).toBe(200);
          await response.arrayBuffer();
        }
      }
      expect((await fetch(`${usual().url}/v1/models`)).status).toBe(200);
    });
  });

  describe('with FISH_CORS_ORIGINS', () => {
    let server: RunningServer;
    beforeAll(async () => {
      const env = { FISH_BACKEND: origin().url, FISH_CORS_ORIGINS: `${page}, http://localhost:3000` };
      server = await startServer(runtime, { env });
    });
    afterAll(() => server?.stop());
    const speak = (headers: Record<string, string>): Promise<Response> =>
      post(`${server.url}/v1/audio/speech`, { input: 'Hi.', response_format: 'pcm' }, { headers });

    it('lets its pages and programs speak', async () => {
      for (const headers of [
        {},
        { origin: page },
        { origin: 'http://localhost:3000' },
        { origin: server.url },
      ]) {
        const response = await speak(headers as Record<string, string>);
        await response.arrayBuffer();
        const sent = (headers as { origin?: string }).origin;
        const own = sent === undefined || sent === server.url;
        expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([
          200,
          own ? null : sent,
        ]);
        expect(response.headers.get('vary')).toContain('Origin');
      }
      const asked = await preflight(`${server.url}/v1/audio/speech`, page, 'authorization');
      expect([asked.status, allowed(asked, 'allow-origin')]).toEqual([200, page]);
    });

    it.each([
      'https://evil.example',
      'null',
      `${page}.evil.example`,
      'http://app.example',
      'https://app.example:444',
    ])('refuses a page of %s, in the form of the dialect', async (evil) => {
      const before = origin().spoken.length;
      const response = await speak({ origin: evil, 'content-type': 'text/plain' });
      expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([403, null]);
      expect(((await response.json()) as OpenaiError).error.code).toBe('origin_refused');
      const asked = await preflight(`${server.url}/v1/tts`, evil, 'content-type');
      expect([asked.status, allowed(asked, 'allow-origin'), allowed(asked, 'allow-headers')]).toEqual([
        403,
        '',
        '',
      ]);
      expect(
        (await fetch(`${server.url}/v1/references/anna`, { method: 'DELETE', headers: { origin: evil } }))
          .status,
      ).toBe(403);
      expect(origin().spoken.length).toBe(before);
    });

    it('refuses what a page sends without an Origin, and what a rebound name sends', async () => {
      const speech = `${server.url}/tts/stream?text=Hi.&speed=normal`;
      expect(await raw(speech, { referer: 'https://evil.example/x' })).toBe(403);
      expect(await raw(speech, { 'sec-fetch-site': 'cross-site' })).toBe(403);
      expect(await raw(speech, { host: 'evil.example:8080' })).toBe(403);
      expect(await raw(speech, { host: 'evil.example:8080', origin: 'http://evil.example:8080' })).toBe(403);
      const socket = {
        connection: 'Upgrade',
        upgrade: 'websocket',
        'sec-websocket-version': '13',
        'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
      };
      expect(await raw(`${server.url}/v1/tts/live`, { ...socket, origin: 'https://evil.example' })).toBe(403);
      expect(await raw(`${server.url}/v1/health`, { host: 'evil.example:8080' })).toBe(200);
      expect(await raw(speech, { referer: `${page}/x`, 'sec-fetch-site': 'cross-site' })).toBe(200);
      expect(await raw(speech, { host: 'app.example' })).toBe(200);
      expect(await raw(speech, { host: 'fish-edge:8080' })).toBe(200);
    });
  });

  describe('who is limited', { timeout: startingMs }, () => {
    const voices = '/v1/audio/voices';
    const status = async (url: string, headers: Record<string, string> = {}): Promise<number> => {
      const response = await fetch(url, { headers });
      await response.arrayBuffer();
      return response.status;
    };
    const statuses = async (count: number, ask: (i: number) => Promise<number>): Promise<number[]> => {
      const all: number[] = [];
      for (let i = 0; i < count; i++) all.push(await ask(i));
      return all;
    };
    const keys = async (): Promise<string> =>
      JSON.stringify({ keys: [{ name: 'ada', sha256: await hashKey('key-of-ada'), created }] });

    it('lists are open without a key, but not without a limit', async () => {
      const env = { FISH_BACKEND: origin().url, FISH_KEYS: await keys(), FISH_RATE_LIMIT: '5' };
      const server = await startServer(runtime, { env });
      const asked = await statuses(8, (i) => status(server.url + (i % 2 ? voices : '/v1/audio/models')));
      expect(asked).toEqual([200, 200, 200, 200, 200, 429, 429, 429]);
      expect(await status(`${server.url}/v1/health`)).toBe(200);
      await server.stop();
    });

    it('lists are closed where a setting says so', async () => {
      const env = { FISH_BACKEND: origin().url, FISH_KEYS: await keys(), FISH_OPEN_VOICES: 'false' };
      const server = await startServer(runtime, { env });
      expect([await status(server.url + voices), await status(`${server.url}/v1/audio/models`)]).toEqual([
        401, 401,
      ]);
      expect(await status(server.url + voices, { authorization: 'Bearer key-of-ada' })).toBe(200);
      expect(await status(`${server.url}/v1/health`)).toBe(200);
      await server.stop();
    });

    it('nobody is spared as of this machine who came through a proxy', async () => {
      const server = await startServer(runtime, { env: { FISH_BACKEND: origin().url } });
      const models = `${server.url}/v1/models`;
      const local = await statuses(120, () => status(models));
      expect(new Set(local)).toEqual(new Set([200]));
      const names = ['x-forwarded-for', 'forwarded', 'x-real-ip', 'cf-connecting-ip', 'via'];
      const through = await statuses(110, (i) => status(models, { [names[i % 5] ?? '']: `203.0.113.${i}` }));
      expect(through.filter((code) => code === 429)).toHaveLength(10);
      expect(await status(models)).toBe(200);
      await server.stop();
    });

    it('nobody gets a limit of its own by a header that only Cloudflare sets', async () => {
      const server = await startServer(runtime, {
        env: { FISH_BACKEND: origin().url, FISH_RATE_LIMIT: '5' },
      });
      const asked = await statuses(8, (i) =>
        status(`${server.url}/v1/models`, { 'cf-connecting-ip': `203.0.113.${i}` }),
      );
      expect(asked.filter((code) => code === 429)).toHaveLength(3);
      await server.stop();
    });
  });
}
