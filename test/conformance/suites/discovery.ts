import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../server.ts';
import { type Context, type OpenaiError, post } from './context.ts';

interface Listed {
  object: string;
  data: { id: string; object: string; name: string }[];
  models?: { id: string }[];
  voices?: { id: string; name: string; description: string; language: string }[];
}

/** What clients ask before they speak: models, voices, who is there. */
export function addDiscovery({ runtime, server, origin }: Context): void {
  const at = (path: string, init?: RequestInit): Promise<Response> => fetch(`${server().url}${path}`, init);
  const json = async <T>(path: string): Promise<T> => (await (await at(path)).json()) as T;

  describe('models', () => {
    it.each(['/v1/models', '/models', '/v1/audio/models', '/audio/models'])(
      'are listed at %s',
      async (path) => {
        const list = await json<Listed>(path);
        expect(list.object).toBe('list');
        const ids = list.data.map(({ id }) => id);
        expect(ids).toEqual(
          expect.arrayContaining(['tts-1', 'gpt-4o-mini-tts', 'openaudio-s1-mini', 'kokoro']),
        );
        expect(list.data[0]).toMatchObject({
          object: 'model',
          owned_by: 'fish-edge',
          created: expect.any(Number),
        });
        expect(list.models?.map(({ id }) => id)).toEqual(ids);
      },
    );

    it.each(['tts-1', 'fish-audio%2Fs1', 'fish-audio/s1', 'gpt-4o-mini-tts-2025-12-15'])(
      'are told of one by one: %s, with the voices',
      async (id) => {
        const model = await json<Listed & { id: string }>(`/v1/models/${id}`);
        expect([model.id, model.object]).toEqual([decodeURIComponent(id), 'model']);
        expect(model.voices).toContainEqual({ id: 'anna', name: 'anna' });
      },
    );

    it.each(['nothing', '%E0%A4%A', 'a%2Fb'])('that nobody has are 404: %s', async (id) => {
      const response = await at(`/v1/models/${id}`);
      expect(response.status).toBe(404);
      expect(((await response.json()) as OpenaiError).error).toMatchObject({
        code: 'model_not_found',
        param: 'model',
      });
    });

    it('cannot be deleted', async () => {
      const response = await at('/v1/models/tts-1', { method: 'DELETE' });
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
    });
  });

  describe('voices', () => {
    it.each(['/v1/audio/voices', '/audio/voices', '/v1/voices'])(
      'are listed at %s in every shape',
      async (path) => {
        const list = await json<Listed>(path);
        expect(list.object).toBe('list');
        expect(list.data).toEqual(list.voices);
        expect(list.voices?.[0]).toMatchObject({ id: 'default', name: 'Default' });
        const anna = list.voices?.find(({ id }) => id === 'anna');
        expect(anna).toEqual({
          id: 'anna',
          voice_id: 'anna', // what ElevenLabs' clients read
          object: 'audio.voice',
          name: 'anna',
          description: expect.any(String),
          language: expect.any(String),
        });
      },
    );

    it('are plain ids for old clients', async () => {
      const { voices } = await json<{ voices: string[] }>('/v1/audio/voices?legacy=true');
      expect(voices).toEqual(expect.arrayContaining(['default', 'anna']));
      expect((await at('/v1/audio/voices?legacy=maybe')).status).toBe(400);
    });
  });

  describe('probes', () => {
    it.each(['/', '/health', '/v1/test'])('GET %s says that all is well', async (path) => {
      const response = await at(path);
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({ status: 'ok' });
      expect((await at(path, { method: 'HEAD' })).status).toBe(200);
      expect((await at(path, { method: 'POST' })).status).toBe(405);
    });

    it('takes us neither for LocalAI nor for Speaches', async () => {
      expect((await at('/v1/readyz')).status).toBe(404);
      expect(await (await at('/health')).text()).not.toBe('OK');
      expect(await (await at('/v1/test')).json()).toEqual({ status: 'ok' }); // for Kokoro, whose voices it then asks for
    });
  });

  describe('POST /v1/audio/prewarm', () => {
    const prewarm = (body: unknown): Promise<Response> => post(`${server().url}/v1/audio/prewarm`, body);

    it.each([{}, { voice: 'alloy' }, { resource_id: 'tts:default', language: 'en' }])(
      'takes %j',
      async (body) => {
        const before = origin().spoken.length;
        const response = await prewarm(body);
        expect(response.status).toBe(200);
        expect(await response.json()).toEqual({ status: 'accepted', ready: true, engine: 'fish' });
        expect(origin().spoken.length).toBe(before);
      },
    );

    it('takes no body at all', async () => {
      expect((await at('/v1/audio/prewarm', { method: 'POST' })).status).toBe(200);
    });

    it('refuses what is no voice', async () => {
      const response = await prewarm({ voice: 7 });
      expect([response.status, ((await response.json()) as OpenaiError).error.param]).toEqual([400, 'voice']);
    });
  });

  describe('with a key configured', () => {
    let locked: RunningServer;
    beforeAll(async () => {
      locked = await startServer(runtime, { env: { FISH_BACKEND: origin().url, FISH_API_KEY: 'secret' } });
    });
    afterAll(() => locked?.stop());

    it.each([
      ['/v1/audio/voices', 200],
      ['/v1/audio/models', 200],
      ['/v1/test', 200],
      ['/health', 200],
      ['/', 200],
      ['/v1/models', 401],
      ['/v1/audio/speech/0123456789abcdef0123456789abcdef.srt', 401],
    ])('GET %s without one is %i', async (path, status) => {
      expect((await fetch(`${locked.url}${path}`)).status).toBe(status);
    });
  });
}
