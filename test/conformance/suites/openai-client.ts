import { createWriteStream } from 'node:fs';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import OpenAI, {
  AuthenticationError,
  AzureOpenAI,
  BadRequestError,
  InternalServerError,
  NotFoundError,
  RateLimitError,
} from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../server.ts';
import { type Context, endless } from './context.ts';

const voice = 'alloy';
const model = 'gpt-4o-mini-tts';
const input = 'One two three.';

/** The official client, as it is. */
export function addOpenaiClient({ runtime, server, origin }: Context): void {
  describe('the openai client', () => {
    const client = (baseURL = `${server().url}/v1`, apiKey = 'any'): OpenAI =>
      new OpenAI({ baseURL, apiKey, maxRetries: 0 });

    it.each(['mp3', 'opus', 'aac', 'flac', 'wav', 'pcm'] as const)('speaks %s', async (response_format) => {
      const response = await client().audio.speech.create({ model, voice, input, response_format });
      expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(2000);
    });

    it('streams into a file', async () => {
      const response = await client().audio.speech.create({ model, voice, input, response_format: 'wav' });
      const file = join(await mkdtemp(join(tmpdir(), 'fish-edge-')), 'speech.wav');
      const written = Readable.fromWeb(response.body as never).pipe(createWriteStream(file));
      await finished(written);
      expect((await readFile(file)).subarray(0, 4).toString()).toBe('RIFF');
    });

    it('leaves in the middle, and the origin is free again', async () => {
      const text = `${endless} A long story.`;
      const abort = new AbortController();
      const asked = { model, voice, input: text, response_format: 'wav' } as const;
      const response = await client().audio.speech.create(asked, { signal: abort.signal });
      await response.body?.getReader().read();
      abort.abort();
      await origin().until(() => origin().spoken.at(-1)?.leftAt !== undefined);
      await origin().until(() => origin().queued === 0);
    });

    it('lists and finds models', async () => {
      const ids: string[] = [];
      for await (const { id } of client().models.list()) ids.push(id);
      expect(ids).toContain('tts-1');
      expect(await client().models.retrieve('fish-audio/s1')).toMatchObject({ id: 'fish-audio/s1' });
    });

    it('throws what a status means, with param, code and request id', async () => {
      const speak = (more: object): Promise<unknown> =>
        client().audio.speech.create({ model, voice, input, ...more });
      const tooFast = await speak({ speed: 9 }).catch((error: unknown) => error);
      expect(tooFast).toBeInstanceOf(BadRequestError);
      expect(tooFast).toMatchObject({ param: 'speed', code: 'invalid_value', requestID: expect.any(String) });
      await expect(speak({ voice: 'nobody' })).rejects.toThrow(NotFoundError);
      await expect(client().models.retrieve('nothing')).rejects.toThrow(NotFoundError);
    });

    it('is told that the server is busy', async () => {
      const busy = `[[status=503]] [[retryAfter=1]] ${input}`; // for so long the origin gets nothing
      const error = await client()
        .audio.speech.create({ model, voice, input: busy })
        .catch((thrown: unknown) => thrown);
      expect(error).toBeInstanceOf(InternalServerError);
      expect(error).toMatchObject({ status: 503, code: 'overloaded' });
      expect(Number((error as InternalServerError).headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    });

    describe('with a limit', () => {
      let limited: RunningServer;
      beforeAll(async () => {
        limited = await startServer(runtime, { env: { FISH_BACKEND: origin().url, FISH_RATE_LIMIT: '2' } });
      });
      afterAll(() => limited?.stop());

      it('is told to wait, and how long', async () => {
        const speak = async (): Promise<unknown> =>
          client(`${limited.url}/v1`).audio.speech.create({ model, voice, input });
        await Promise.all([speak(), speak()]);
        const error = await speak().catch((thrown: unknown) => thrown);
        expect(error).toBeInstanceOf(RateLimitError);
        expect(error).toMatchObject({ status: 429, code: 'rate_limit_exceeded' });
        expect(Number((error as RateLimitError).headers.get('retry-after-ms'))).toBeGreaterThan(0);
      });
    });

    describe('with a key', () => {
      let locked: RunningServer;
      beforeAll(async () => {
        locked = await startServer(runtime, { env: { FISH_BACKEND: origin().url, FISH_API_KEY: 'secret' } });
      });
      afterAll(() => locked?.stop());

      it("speaks Azure's way", async () => {
        const azure = (apiKey: string): AzureOpenAI =>
          new AzureOpenAI({ endpoint: locked.url, apiKey, apiVersion: '2025-04-01-preview', maxRetries: 0 });
        const asked = { model: 'my deployment', voice, input, response_format: 'pcm' } as const;
        const response = await azure('secret').audio.speech.create(asked);
        expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(2000);
        await expect(azure('wrong').audio.speech.create(asked)).rejects.toThrow(AuthenticationError);
        await client(`${locked.url}/openai/v1`, 'secret').models.list();
      });

      it('is let in with it alone', async () => {
        const models = (apiKey: string): Promise<unknown> => client(`${locked.url}/v1`, apiKey).models.list();
        await expect(models('wrong')).rejects.toThrow(AuthenticationError);
        await models('secret');
      });
    });
  });
}
