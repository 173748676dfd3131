import OpenAI, { APIError, BadRequestError, InternalServerError, NotFoundError } from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { referenceAudio } from '../../reference-audio.ts';
import { type RunningServer, startServer } from '../server.ts';
import { type Context, type OpenaiError, post } from './context.ts';

const model = 'tts-1';

/** An edge in front of an edge: the inner one is an upstream that speaks OpenAI's dialect. */
export function addOpenaiUpstream({ runtime, server: inner, origin }: Context): void {
  describe('an upstream of OpenAI’s dialect that is another fish-edge', () => {
    let outer: RunningServer;
    beforeAll(async () => {
      outer = await startServer(runtime, {
        env: {
          FISH_UPSTREAMS: JSON.stringify([{ kind: 'openai', url: inner().url }]),
          FISH_BACKEND_IDLE_TIMEOUT: '2s',
          FISH_CACHE: 'off',
          FISH_RETRIES: '0',
          FISH_BREAKER_FAILURES: '1000',
          FISH_FALLBACK: 'false',
        },
      });
    });
    afterAll(() => outer?.stop());
    const client = (url = outer.url): OpenAI =>
      new OpenAI({ baseURL: `${url}/v1`, apiKey: 'any', maxRetries: 0 });
    const speak = (input: string, more: object = {}, url?: string): Promise<Response> =>
      client(url).audio.speech.create({ model, voice: 'alloy', input, response_format: 'pcm', ...more });
    const failureOf = (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => error);

    it('says what it says itself, byte for byte, and who spoke', async () => {
      const [direct, through] = [
        await speak('One two three.', {}, inner().url),
        await speak('One two three.'),
      ];
      expect(through.headers.get('x-engine')).toBe('openai');
      expect(through.headers.get('x-audio-sample-rate')).toBe('24000');
      const [expected, heard] = [await direct.arrayBuffer(), await through.arrayBuffer()];
      expect(heard.byteLength).toBeGreaterThan(20_000);
      expect(Buffer.from(heard).equals(Buffer.from(expected))).toBe(true);
    });

    it.each(['mp3', 'opus', 'flac', 'wav'] as const)('is heard as %s', async (response_format) => {
      const response = await speak('One two three.', { response_format });
      expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(2000);
    });

    it('is heard before it has said everything, and as events', async () => {
      const slow = '[[chunkBytes=8000]] [[chunkMs=100]] [[bodyBytes=160000]] A long story.';
      const reader = (await speak(slow)).body?.getReader();
      expect((await reader?.read())?.value?.length).toBeGreaterThan(0);
      expect(origin().spoken.at(-1)?.sentAt).toBeUndefined();
      while (!(await reader?.read())?.done);
      const events = await (await speak('One two three.', { stream_format: 'sse' })).text();
      expect(events).toMatch(/speech\.audio\.delta.*speech\.audio\.done/s);
    });

    it('says a long text in parts, of which the first one comes first', async () => {
      const before = origin().spoken.length;
      const text = 'The first sentence is short. The second one follows it. And a third one ends the text.';
      expect((await (await speak(text)).arrayBuffer()).byteLength).toBeGreaterThan(48_000);
      expect(origin().spoken.length - before).toBeGreaterThan(1);
    });

    it('has the voices that it lists', async () => {
      const { voices } = (await (await fetch(`${outer.url}/v1/audio/voices`)).json()) as {
        voices: { id: string }[];
      };
      expect(voices.map(({ id }) => id)).toEqual(['default', 'anna']);
      await (await speak('Hello.', { voice: 'anna' })).arrayBuffer();
      expect(origin().spoken.at(-1)?.body).toMatchObject({ reference_id: 'anna' });
      const before = origin().spoken.length;
      const unknown = await failureOf(speak('Hello.', { voice: 'nobody' }));
      expect(unknown).toBeInstanceOf(NotFoundError);
      expect(unknown).toMatchObject({ code: 'voice_not_found' });
      expect(origin().spoken).toHaveLength(before);
    });

    it('is free again when a client leaves in the middle', async () => {
      const abort = new AbortController();
      const text = '[[chunkBytes=4000]] [[chunkMs=50]] [[bodyBytes=400000]] A long story.';
      const asked = { model, voice: 'alloy', input: text, response_format: 'pcm' } as const;
      const response = await client().audio.speech.create(asked, { signal: abort.signal });
      await response.body?.getReader().read();
      abort.abort();
      await origin().until(() => origin().spoken.at(-1)?.leftAt !== undefined);
      await origin().until(() => origin().queued === 0);
    });

    it.each([
      ['[[status=500]]', BadRequestError, 400], // the inner one says that the request may be to blame
      ['[[status=502]]', InternalServerError, 502],
      ['[[status=503]] [[retryAfter=1]]', InternalServerError, 503],
      ['[[status=401]]', InternalServerError, 502],
      ['[[silent]]', InternalServerError, 502],
    ])('whose origin answers %s', async (marker, kind, status) => {
      const failure = await failureOf(speak(`${marker} Hello.`));
      expect(failure).toBeInstanceOf(kind);
      expect((failure as APIError).status).toBe(status);
      expect((failure as Error).message).not.toMatch(/CUDA|127\.0/);
      if (status !== 503) return;
      expect((failure as APIError).headers?.get('retry-after')).toBe('1');
      await expect
        .poll(async () => (await failureOf(speak('Hello.'))) instanceof APIError, { timeout: 8000 })
        .toBe(false);
    });

    it('breaks visibly when its origin dies in the middle', async () => {
      const text = '[[bodyBytes=400000]] [[chunkBytes=50000]] [[chunkMs=20]] [[dieAfterBytes=200000]] Hello.';
      const reading = speak(text).then((response) => response.arrayBuffer());
      await expect(reading).rejects.toThrow();
    });

    it('has no Fish-Speech routes: 501', async () => {
      const renaming = { old_reference_id: 'anna', new_reference_id: 'zoe' };
      const renamed = await post(`${outer.url}/v1/references/update`, renaming);
      expect(renamed.status).toBe(501);
      await renamed.body?.cancel();
      const reference = { audio: Buffer.from(referenceAudio()).toString('base64'), text: 'x' };
      const cloning = await post(`${outer.url}/v1/tts`, { text: 'Hi', references: [reference] });
      expect(cloning.status).toBe(501);
      expect(((await cloning.json()) as { detail: string } & OpenaiError).detail).toMatch(/recordings/);
    });
  });
}
