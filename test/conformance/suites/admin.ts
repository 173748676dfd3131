import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashKey } from '../../../src/services/keys.ts';
import { type RunningServer, startServer } from '../server.ts';
import { ask, codeOf } from './admin-client.ts';
import { type Context, startingMs } from './context.ts';

const created = '2026-11-20T10:00:00Z';

interface Route {
  readonly method: string;
  readonly path: string;
  readonly body?: object;
}

const routes: readonly Route[] = [
  { method: 'GET', path: '/v1/admin/keys' },
  { method: 'POST', path: '/v1/admin/keys', body: { name: 'eve', admin: true } },
  { method: 'PATCH', path: '/v1/admin/keys/ada', body: { admin: true } },
  { method: 'DELETE', path: '/v1/admin/keys/root' },
  { method: 'GET', path: '/v1/admin/usage' },
  { method: 'GET', path: '/v1/admin/upstreams' },
  { method: 'GET', path: '/v1/admin/models' },
  { method: 'POST', path: '/v1/admin/models/silero-vad' },
  { method: 'DELETE', path: '/v1/admin/models/silero-vad' },
  { method: 'GET', path: '/v1/admin/nothing' },
];

/** `fetch` sends no other `Host` than the address has. */
function statusUnder(host: string, url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const asking = request(url, { headers: { host } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? 0);
    });
    asking.on('error', reject).end();
  });
}

/** Those who look after the server, and those who would like to. */
export function addAdmin({ runtime, origin }: Context): void {
  const isWorkers = runtime === 'workers';

  describe('administration with keys that a setting names', { timeout: startingMs }, () => {
    let server: RunningServer;
    beforeAll(async () => {
      const named = async (name: string, more: object = {}): Promise<object> => {
        return { name, sha256: await hashKey(`key-of-${name}`), created, ...more };
      };
      const keys = [await named('ada', { rate: 60 }), await named('root', { admin: true })];
      const env = { FISH_BACKEND: origin().url, FISH_FALLBACK: 'false', FISH_API_KEY: 'sesame' };
      server = await startServer(runtime, { env: { ...env, FISH_KEYS: JSON.stringify({ keys }) } });
    }, startingMs);
    afterAll(() => server?.stop());

    it.each(routes)(
      '$method $path asks for a key, and for one with the right',
      async ({ method, path, body }) => {
        expect(await codeOf(await ask(server, method, path, { body }))).toEqual([401, 'invalid_api_key']);
        expect(await codeOf(await ask(server, method, path, { body, key: 'wrong' }))).toEqual([
          401,
          'invalid_api_key',
        ]);
        expect(await codeOf(await ask(server, method, path, { body, key: 'key-of-ada' }))).toEqual([
          403,
          'permission_denied',
        ]);
      },
    );

    it('tells each key what it may do', async () => {
      const mayOf = async (key: string): Promise<unknown> =>
        (await ask(server, 'GET', '/v1/admin', { key })).json();
      expect(await mayOf('key-of-ada')).toEqual({
        object: 'admin',
        administrator: false,
        changes_keys: false,
        pulls_models: false,
      });
      for (const key of ['key-of-root', 'sesame'])
        expect(await mayOf(key)).toMatchObject({
          administrator: true,
          changes_keys: false,
          pulls_models: !isWorkers,
        });
      expect((await ask(server, 'GET', '/v1/admin')).status).toBe(401);
    });

    it('shows the keys without anything to enter by, and changes none that a setting names', async () => {
      const key = 'key-of-root';
      const response = await ask(server, 'GET', '/v1/admin/keys', { key });
      expect(response.headers.get('cache-control')).toBe('no-store');
      const text = await response.text();
      expect(JSON.parse(text).data).toMatchObject([
        { name: 'ada', rate: 60, admin: false, expires: null },
        { name: 'root', rate: null, admin: true },
      ]);
      expect(text).not.toMatch(/key-of|[0-9a-f]{64}/);
      for (const { method, path, body } of routes.slice(1, 4))
        expect(await codeOf(await ask(server, method, path, { key, body }))).toEqual([501, 'not_supported']);
    });

    it('shows the upstreams with their slots, and what all keys used', async () => {
      const key = 'key-of-root';
      const said = await ask(server, 'POST', '/v1/audio/speech', {
        key: 'key-of-ada',
        body: { input: 'Count me.' },
      });
      await said.arrayBuffer();
      const upstreams = await (await ask(server, 'GET', '/v1/admin/upstreams', { key })).json();
      expect(upstreams).toMatchObject({
        object: 'list',
        queued: 0,
        data: [
          {
            number: 1,
            kind: 'fish',
            url: origin().url,
            status: 'healthy',
            slots: 1,
            breaker: 'closed',
            draining: false,
            failures: 0,
          },
        ],
      });
      const usage = (await (await ask(server, 'GET', '/v1/admin/usage?months=1', { key })).json()) as {
        data: object[];
      };
      expect(usage.data).toContainEqual({
        key: 'ada',
        months: [expect.objectContaining({ requests: 1, characters: 9 })],
      });
      expect(await codeOf(await ask(server, 'GET', '/v1/admin/usage?months=0', { key }))).toEqual([
        400,
        'invalid_value',
      ]);
    });

    it.skipIf(!isWorkers)('has no folder for models on Workers, and says so', async () => {
      const key = 'key-of-root';
      for (const method of ['POST', 'DELETE'])
        expect(await codeOf(await ask(server, method, '/v1/admin/models/silero-vad', { key }))).toEqual([
          501,
          'not_supported',
        ]);
      expect(await (await ask(server, 'GET', '/v1/admin/models', { key })).json()).toEqual({
        object: 'list',
        data: [],
      });
    });
  });

  describe('administration where no key is asked for', { timeout: startingMs }, () => {
    let server: RunningServer;
    beforeAll(async () => {
      server = await startServer(runtime, { env: { FISH_BACKEND: origin().url, FISH_FALLBACK: 'false' } });
    }, startingMs);
    afterAll(() => server?.stop());
    const knock = async (headers: Record<string, string>): Promise<number> =>
      (await ask(server, 'GET', '/v1/admin/keys', { headers })).status;

    it('is for this machine alone, and not where nobody knows whose address it is', async () => {
      expect(await knock({})).toBe(isWorkers ? 403 : 200);
      expect(await knock({ 'x-forwarded-for': '127.0.0.1' })).toBe(403);
      expect(await knock({ 'cf-connecting-ip': '203.0.113.5' })).toBe(403);
    });

    it('is not for other web pages that somebody here has open', async () => {
      const own = new URL(server.url).origin;
      expect(await knock({ origin: own })).toBe(isWorkers ? 403 : 200);
      for (const page of ['https://evil.example', 'null', 'http://localhost:1'])
        expect([page, await knock({ origin: page })]).toEqual([page, 403]);
      expect(await knock({ referer: 'https://evil.example/page' })).toBe(403);
      expect(await knock({ 'sec-fetch-site': 'cross-site' })).toBe(403);
      expect(await statusUnder('evil.example', `${server.url}/v1/admin/keys`)).toBe(403); // a name that was pointed here
      const made = await ask(server, 'POST', '/v1/admin/keys', {
        body: { name: 'eve' },
        headers: { origin: 'https://evil.example' },
      });
      expect(made.status).toBe(403);
      expect((await fetch(`${server.url}/v1/models`)).status).toBe(200); // no key was made
    });
  });

  describe('administration that is switched off', { timeout: startingMs }, () => {
    it.each([
      ['off', 404, 404],
      ['keys', 200, 403],
    ])('by FISH_ADMIN=%s', async (value, overview, keys) => {
      const env = { FISH_BACKEND: origin().url, FISH_FALLBACK: 'false', FISH_ADMIN: value };
      const server = await startServer(runtime, { env });
      expect((await ask(server, 'GET', '/v1/admin')).status).toBe(overview);
      expect((await ask(server, 'GET', '/v1/admin/keys')).status).toBe(keys);
      await server.stop();
    });
  });
}
