import { describe, expect, it } from 'vitest';
import { type Context, type FishError, type OpenaiError, post } from './context.ts';

/** Everything around speech: health, CORS, methods, ids, unknown paths. */
export function addSurface({ server, origin }: Context): void {
  const at = (path: string, init?: RequestInit): Promise<Response> => fetch(`${server().url}${path}`, init);

  describe('health', () => {
    it.each(['GET', 'POST'])('answers %s plainly', async (method) => {
      const response = await at('/v1/health', { method });
      expect([response.status, await response.text()]).toEqual([200, '{"status":"ok"}']);
    });

    it('tells about the origin when asked', async () => {
      const body = (await (await at('/v1/health?detailed=true')).json()) as {
        status: string;
        backend: { status: string; latency_ms: number };
      };
      expect(body).toMatchObject({ status: 'ok', backend: { status: 'healthy' } });
      expect(body.backend.latency_ms).toBeGreaterThanOrEqual(0);
    });

    it('refuses another value', async () => {
      expect((await at('/v1/health?detailed=maybe')).status).toBe(400);
    });
  });

  describe('an answer that is whole when it is sent', () => {
    it.each<[string, string, RequestInit]>([
      ['health', '/v1/health', {}],
      ['a list', '/v1/models', {}],
      [
        'an error',
        '/v1/tts',
        { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' },
      ],
      ['MessagePack', '/v1/references/list', {}],
      ['nothing', '/v1/tts', { method: 'OPTIONS' }],
      ...(['wav', 'flac'] as const).map((format): [string, string, RequestInit] => [
        `whole ${format}`,
        '/v1/tts',
        {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ text: 'Its length is known.', format }),
        },
      ]),
    ])('says how long it is: %s', async (_, path, init) => {
      const response = await at(path, init);
      const length = (await response.arrayBuffer()).byteLength;
      expect(response.headers.get('content-length')).toBe(String(length));
      expect(response.headers.get('transfer-encoding')).toBeNull();
    });
  });

  describe('methods and paths', () => {
    it.each(['/v1/tts', '/v1/audio/speech'])('HEAD and GET %s never synthesize', async (path) => {
      const before = origin().spoken.length;
      const head = await at(path, { method: 'HEAD' });
      expect([head.status, head.headers.get('allow')]).toEqual([405, 'POST']);
      expect((await at(path)).status).toBe(405);
      expect(origin().spoken.length).toBe(before);
    });

    it('answers HEAD of health without a body', async () => {
      const response = await at('/v1/health', { method: 'HEAD' });
      expect([response.status, await response.text()]).toEqual([200, '']);
    });

    it('answers an unknown path in the shape of its surface', async () => {
      const fish = await at('/v1/tts/nothing');
      expect([fish.status, ((await fish.json()) as FishError).error]).toEqual([404, 'Not Found']);
      for (const path of [
        '/nothing',
        '/v1/nothing',
        '/v1/audio/nothing',
        '/v1/chat/completions',
        '/openai/x',
      ]) {
        const openai = await at(path);
        expect([openai.status, ((await openai.json()) as OpenaiError).error.code]).toEqual([
          404,
          'not_found',
        ]);
      }
    });

    it.each([
      '/v1/health/',
      '//v1/health',
      '/openai/v1/models',
      '/openai/v1/models/tts-1/',
      '/v1/audio/voices/',
    ])('finds the route of %s', async (path) => {
      expect((await at(path)).status).toBe(200);
    });

    it('does not answer 200 on /v1/readyz, which would make it LocalAI', async () => {
      expect((await at('/v1/readyz')).status).toBe(404);
    });
  });

  describe('CORS', () => {
    it('answers any OPTIONS with 200 and nothing', async () => {
      const headers = { origin: 'https://a.example', 'access-control-request-method': 'POST' };
      const response = await at('/v1/tts', { method: 'OPTIONS', headers });
      expect([response.status, await response.text()]).toEqual([200, '']);
      expect(response.headers.get('access-control-allow-origin')).toBe('*');
      expect(response.headers.get('access-control-allow-headers')).toContain('Authorization');
    });

    it('is on errors too', async () => {
      const response = await post(`${server().url}/v1/tts`, {});
      expect(response.headers.get('access-control-allow-origin')).toBe('*');
      expect(response.headers.get('access-control-expose-headers')).toContain('X-Request-ID');
    });
  });

  describe('request ids', () => {
    it('gives one, and takes over a short printable one', async () => {
      expect((await at('/v1/health')).headers.get('x-request-id')).toMatch(/^[0-9a-f]{32}$/);
      const named = await at('/v1/health', { headers: { 'x-request-id': 'abc-123' } });
      expect(named.headers.get('x-request-id')).toBe('abc-123');
      const long = await at('/v1/health', { headers: { 'x-request-id': 'x'.repeat(500) } });
      expect(long.headers.get('x-request-id')).toMatch(/^[0-9a-f]{32}$/);
    });

    it('writes one log line a request, with its id', async () => {
      await (
        await post(`${server().url}/v1/tts`, { text: 'Hi.' }, { headers: { 'x-request-id': 'logged-1' } })
      ).arrayBuffer();
      await expect.poll(() => server().logs.filter((line) => line.id === 'logged-1')).toHaveLength(1);
      const line = server().logs.find((one) => one.id === 'logged-1');
      expect(line).toMatchObject({
        message: 'request',
        method: 'POST',
        path: '/v1/tts',
        status: 200,
        outcome: 'finished',
      });
    });
  });
}
