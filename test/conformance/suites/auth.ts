import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../server.ts';
import { type Context, type FishError, type OpenaiError, post } from './context.ts';

const key = 'a-key-for-tests';

export function addAuth({ runtime, origin }: Context): void {
  describe('with a key configured', () => {
    let server: RunningServer;
    beforeAll(async () => {
      server = await startServer(runtime, { env: { FISH_BACKEND: origin().url, FISH_API_KEY: key } });
    });
    afterAll(() => server?.stop());

    const speak = (authorization: string | undefined): Promise<Response> =>
      post(
        `${server.url}/v1/tts`,
        { text: 'Hi.' },
        { headers: authorization === undefined ? {} : { authorization } },
      );

    it('lets the key in', async () => {
      expect((await speak(`Bearer ${key}`)).status).toBe(200);
    });

    it.each([
      [undefined, 'Bearer'],
      ['', 'Bearer'],
      ['Bearer ', 'Bearer'],
      [`Basic ${key}`, 'Bearer'],
      ['Bearer wrong', null],
      [`Bearer ${key}x`, null],
    ])('refuses %j', async (authorization, challenge) => {
      const before = origin().spoken.length;
      const response = await speak(authorization);
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toBe(challenge);
      expect(((await response.json()) as FishError).detail).toBe('Invalid token');
      expect(origin().spoken.length).toBe(before);
    });

    it('refuses in the OpenAI shape on its paths', async () => {
      const response = await post(`${server.url}/v1/audio/speech`, { input: 'Hi.' });
      expect(response.status).toBe(401);
      expect(((await response.json()) as OpenaiError).error.code).toBe('invalid_api_key');
    });

    it('leaves plain health and OPTIONS open, and details closed', async () => {
      expect((await fetch(`${server.url}/v1/health`)).status).toBe(200);
      expect((await fetch(`${server.url}/v1/tts`, { method: 'OPTIONS' })).status).toBe(200);
      expect((await fetch(`${server.url}/v1/health?detailed=true`)).status).toBe(401);
    });
  });
}
