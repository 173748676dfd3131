import OpenAI, { APIError, BadRequestError, InternalServerError, NotFoundError } from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FakeOpenai, startFakeOpenai } from '../../fake-openai.ts';
import { referenceAudio } from '../../reference-audio.ts';
import { type RunningServer, startServer } from '../server.ts';
import { type Context, endless, type OpenaiError, post, startingMs } from './context.ts';

const model = 'tts-1';

/** An edge in front of an edge: the inner one is an upstream that speaks OpenAI's dialect. */
export function addOpenaiUpstream({ runtime, server: inner, origin }: Context): void {
  describe('an upstream of OpenAI’s dialect that is another fish-edge', () => {
    let outer: RunningServer;
    const startOuter = (url: string): Promise<RunningServer> =>
      startServer(runtime, {
        env: {
          FISH_UPSTREAMS: JSON.stringify([{ kind: 'openai', url }]),
          FISH_CACHE: 'off',
          FISH_RETRIES: '0',
          FISH_BREAKER_FAILURES: '1000',
          FISH_FALLBACK: 'false',
        },
      });
    beforeAll(async () => {
      outer = await startOuter(inner().url);
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
      const reader = (await speak(`${endless} A long story.`)).body?.getReader();
      expect((await reader?.read())?.value?.length).toBeGreaterThan(0);
      expect(origin().spoken.at(-1)?.sentAt).toBeUndefined();
      origin().release();
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
      const listed = async (): Promise<string[]> => {
        const { voices } = (await (await fetch(`${outer.url}/v1/audio/voices`)).json()) as {
          voices: { id: string }[];
        };
        return voices.map(({ id }) => id);
      };
      await expect.poll(listed).toEqual(['default', 'anna']); // a list is waited for a second
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
      const text = `${endless} A long story.`;
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
    ])('whose origin answers %s', async (marker, kind, status) => {
      const failure = await failureOf(speak(`${marker} Hello.`));
      expect(failure).toBeInstanceOf(kind);
      expect((failure as APIError).status).toBe(status);
      expect((failure as Error).message).not.toMatch(/CUDA|127\.0/);
      if (status !== 503) return;
      expect((failure as APIError).headers?.get('retry-after')).toBe('1');
      await expect
        .poll(async () => (await failureOf(speak('Hello.'))) instanceof APIError, { timeout: 15_000 })
        .toBe(false);
    });

    it(
      'whose origin says nothing',
      async () => {
        const env = { FISH_BACKEND: origin().url, FISH_BACKEND_TIMEOUT: '2s', FISH_FALLBACK: 'false' };
        const impatient = await startServer(runtime, { env });
        const before = await startOuter(impatient.url);
        const failure = await failureOf(speak('[[silent]] Hello.', {}, before.url));
        expect(failure).toBeInstanceOf(InternalServerError);
        expect((failure as APIError).status).toBe(502);
        await Promise.all([before.stop(), impatient.stop()]);
      },
      startingMs,
    );

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
  describe('an upstream of OpenAI’s dialect beside a Fish-Speech server', () => {
    let kokoro: FakeOpenai;
    let server: RunningServer;
    beforeAll(async () => {
      kokoro = await startFakeOpenai({ key: 'its own', voices: { voices: ['nova', 'af_heart'] } });
      const upstream = {
        kind: 'openai',
        url: kokoro.url,
        key: 'its own',
        model: 'kokoro',
        native_speed: true,
      };
      server = await startServer(runtime, {
        env: {
          FISH_BACKEND: origin().url,
          FISH_UPSTREAMS: JSON.stringify([upstream]),
          FISH_API_KEY: 'ours',
          FISH_FALLBACK: 'false',
        },
      });
    });
    afterAll(async () => {
      await server?.stop();
      await kokoro?.close();
    });
    const speak = (voice: string, input: string, more: object = {}): Promise<Response> =>
      new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'ours', maxRetries: 0 }).audio.speech
        .create({ model, voice, input, response_format: 'pcm', ...more })
        .asResponse();
    const made = async (answer: Promise<Response>): Promise<readonly (string | null)[]> => {
      const { headers, body } = await answer;
      await new Response(body).arrayBuffer();
      return [headers.get('x-engine'), headers.get('x-cache')];
    };

    it('speaks the voices that are its own, and leaves the others to the other one', async () => {
      const listed = async (): Promise<string[]> => {
        const headers = { authorization: 'Bearer ours' };
        const response = await fetch(`${server.url}/v1/audio/voices`, { headers });
        return ((await response.json()) as { voices: { id: string }[] }).voices.map(({ id }) => id);
      };
      await expect.poll(listed).toEqual(['default', 'anna', 'nova', 'af_heart']); // lists are waited for a second
      expect((await made(speak('af_heart', 'Who am I?')))[0]).toBe('openai');
      expect(kokoro.calls.at(-1)?.body).toMatchObject({
        model: 'kokoro',
        voice: 'af_heart',
        input: 'Who am I?',
      });
      expect((await made(speak('anna', 'Who am I?')))[0]).toBe('fish');
      expect(origin().spoken.at(-1)?.body).toMatchObject({ reference_id: 'anna' });
      await expect(speak('nobody', 'Who am I?')).rejects.toBeInstanceOf(NotFoundError);
    });

    it('is asked with its own key, at the speed and in the manner that was asked for', async () => {
      await made(speak('nova', 'Slowly now.', { speed: 0.5, instructions: 'Softly.' }));
      const { headers, body } = kokoro.calls.at(-1) ?? {};
      expect(headers?.authorization).toBe('Bearer its own');
      expect(body).toMatchObject({ speed: 0.5, instructions: 'Softly.' });
    });

    it('has what it said kept, each voice and manner for itself', async () => {
      const text = 'Say it once.';
      expect((await made(speak('nova', text)))[1]).toBe('miss');
      await expect.poll(async () => (await made(speak('nova', text)))[1]).toBe('hit');
      const before = kokoro.calls.length;
      expect((await made(speak('nova', text)))[1]).toBe('hit');
      expect((await made(speak('af_heart', text)))[1]).toBe('miss');
      expect((await made(speak('nova', text, { instructions: 'Loudly.' })))[1]).toBe('miss');
      expect(kokoro.calls.length - before).toBe(2);
    });
  });
}
