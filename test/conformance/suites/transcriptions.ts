import OpenAI, { APIError, toFile } from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type FakeTranscriber,
  formOf,
  secret,
  sendForm,
  startFakeTranscriber,
} from '../../fake-transcriber.ts';
import { type RunningServer, startServer } from '../server.ts';
import { type Context, lacks, type OpenaiError, startingMs } from './context.ts';

const paths = [
  '/v1/audio/transcriptions',
  '/audio/transcriptions',
  '/v1/audio/translations',
  '/audio/translations',
];
const bytes = new TextEncoder().encode('RIFF of no matter what');
const model = 'whisper-1';

/** Speech to text: without a recogniser, and through a server with OpenAI's API. */
export function addTranscriptions({ runtime, origin }: Context): void {
  describe('transcriptions without a recogniser', () => {
    let server: RunningServer;
    beforeAll(async () => {
      server = await startServer(runtime, { env: { FISH_BACKEND: origin().url, FISH_TRANSCRIPTION: 'off' } });
    });
    afterAll(() => server?.stop());

    it.each(paths)('%s is 501 in the shape of OpenAI', async (path) => {
      const response = await sendForm(`${server.url}${path}`, formOf({}, bytes));
      expect(response.status).toBe(501);
      expect(response.headers.get('x-should-retry')).toBe('false');
      const { error } = (await response.json()) as OpenaiError;
      expect(error).toMatchObject({ code: 'not_supported', type: 'api_error', param: null });
      expect((await fetch(`${server.url}${path}`)).status).toBe(405);
    });

    it('are no model either', async () => {
      const { data } = (await (await fetch(`${server.url}/v1/models`)).json()) as { data: { id: string }[] };
      expect(data.map(({ id }) => id)).not.toContain(model);
    });
  });

  describe('transcriptions by another server', () => {
    let server: RunningServer;
    let other: FakeTranscriber;
    const start = (env: Readonly<Record<string, string>> = {}): Promise<RunningServer> =>
      startServer(runtime, {
        env: {
          FISH_BACKEND: origin().url,
          FISH_TRANSCRIPTION_URL: other.url,
          FISH_TRANSCRIPTION_API_KEY: 'upstream-key',
          FISH_TRANSCRIPTION_MODEL: 'large',
          FISH_MAX_BODY: '1MiB',
          ...env,
        },
      });
    beforeAll(async () => {
      other = await startFakeTranscriber();
      server = await start();
    });
    afterAll(async () => {
      await server?.stop();
      await other?.close();
    });
    const send = (form: FormData, init: RequestInit = {}, path = paths[0]): Promise<Response> =>
      sendForm(`${server.url}${path}`, form, init);
    const client = (): OpenAI => new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'mine', maxRetries: 0 });
    const file = (): Promise<File> => toFile(bytes, 'speech.wav');

    it.each(paths)('%s hands the form on, with our key and model', async (path) => {
      const large = crypto.getRandomValues(new Uint8Array(60_000));
      const form = formOf({ model, language: 'vi', temperature: '0.2', 'include[]': 'logprobs' }, large);
      const response = await send(form, { headers: { authorization: 'Bearer mine' } }, path);
      expect(await response.json()).toEqual({ text: 'heard 60000 bytes' });
      expect(response.headers.get('x-engine')).toBe('upstream');
      const seen = other.forms.at(-1);
      expect(seen).toMatchObject({
        path: path?.startsWith('/v1') ? path : `/v1${path}`,
        authorization: 'Bearer upstream-key',
        fileName: 'speech.wav',
        fields: { model: 'large', language: 'vi', temperature: '0.2', 'include[]': 'logprobs' },
      });
      expect(Buffer.compare(seen?.file ?? bytes, large)).toBe(0);
    });

    it('serves the openai client', async () => {
      const asked = { file: await file(), model };
      const heard = `heard ${bytes.length} bytes`;
      expect(await client().audio.transcriptions.create(asked)).toEqual({ text: heard });
      expect(await client().audio.transcriptions.create({ ...asked, response_format: 'srt' })).toBe(heard);
      expect(await client().audio.translations.create(asked)).toEqual({ text: heard });
      const types: string[] = [];
      for await (const { type } of await client().audio.transcriptions.create({ ...asked, stream: true }))
        types.push(type);
      expect(types).toEqual(['transcript.text.delta', 'transcript.text.done']);
      expect((await client().models.retrieve(model)).id).toBe(model);
    });

    it.each([
      [400, 400, 'invalid_value'],
      [422, 400, 'invalid_value'],
      [413, 413, 'request_too_large'],
      [401, 502, 'origin_unavailable'],
      [404, 502, 'origin_unavailable'],
      [429, 503, 'overloaded'],
      [500, 502, 'origin_unavailable'],
    ])('its %i is our %i, and its text stays with it', async (theirs, ours, code) => {
      const response = await send(formOf({ prompt: `status=${theirs}` }, bytes));
      const body = await response.text();
      expect([response.status, (JSON.parse(body) as OpenaiError).error.code]).toEqual([ours, code]);
      expect(body).not.toContain(secret);
      if (ours === 503) expect(response.headers.get('retry-after')).toBe('7');
    });

    it('waits for it no longer than it may', { timeout: startingMs }, async () => {
      const own = await start({ FISH_BACKEND_TOTAL_TIMEOUT: '3s' });
      const response = await sendForm(`${own.url}${paths[0]}`, formOf({ prompt: 'silent' }, bytes));
      expect([response.status, ((await response.json()) as OpenaiError).error.code]).toEqual([
        504,
        'timeout',
      ]);
      await own.stop();
    });

    /** Reads a stream, which is cut when its beginning was heard. */
    const readThenCut = async (response: Response): Promise<string> => {
      let text = '';
      for await (const piece of response.body ?? []) {
        text += Buffer.from(piece).toString();
        if (text.includes('transcript.text.delta')) other.cut();
      }
      return text;
    };

    it.each(['events=error', 'events=cut'])(
      'a stream that breaks off (%s) ends with our own error',
      async (prompt) => {
        const response = await send(formOf({ stream: 'true', prompt }, bytes));
        expect(response.headers.get('content-type')).toBe('text/event-stream');
        const text = await readThenCut(response);
        expect(text).toContain('transcript.text.delta');
        expect(text).toContain('origin_unavailable');
        expect(text).not.toContain(secret);
        const stream = client().audio.transcriptions.create({
          file: await file(),
          model,
          stream: true,
          prompt,
        });
        await expect(
          (async () => {
            for await (const _ of await stream) other.cut();
          })(),
        ).rejects.toThrow(APIError);
      },
    );

    it.each([
      ['response_format', 'docx'],
      ['temperature', '7'],
      ['stream', 'maybe'],
      ['timestamp_granularities[]', 'phoneme'],
    ])('a wrong %s never makes a whole form', async (name, value) => {
      const before = other.forms.length;
      const response = await send(formOf({ [name]: value }, bytes));
      const { error } = (await response.json()) as OpenaiError;
      expect([response.status, error.param]).toEqual([400, name.replace('[]', '')]);
      expect(other.forms.length).toBe(before);
    });

    it('a form without a file, one that is cut, and what is no form are refused', async () => {
      const empty = new FormData();
      empty.append('model', model);
      const missing = await send(empty);
      expect([missing.status, ((await missing.json()) as OpenaiError).error.param]).toEqual([400, 'file']);
      const headers = { 'content-type': 'multipart/form-data; boundary=b' };
      const cut = await fetch(`${server.url}${paths[0]}`, { method: 'POST', body: '--b\r\n', headers });
      expect(cut.status).toBe(400);
      const json = await fetch(`${server.url}${paths[0]}`, {
        method: 'POST',
        body: '{}',
        headers: { 'content-type': 'application/json' },
      });
      expect([json.status, json.headers.get('accept')]).toEqual([415, 'multipart/form-data']);
    });

    it('a body beyond the limit is refused', async () => {
      const response = await send(formOf({}, new Uint8Array(2 ** 20 + 1)));
      expect([response.status, ((await response.json()) as OpenaiError).error.code]).toEqual([
        413,
        'request_too_large',
      ]);
    });

    it.skipIf(lacks(runtime, 'leave-early-after-upload'))(
      'a client that leaves takes the request along',
      async () => {
        const [before, broken] = [other.forms.length, other.broken()];
        const abort = new AbortController();
        const sent = send(formOf({ prompt: 'silent' }, bytes), { signal: abort.signal }).catch(() => 'left');
        await expect.poll(() => other.forms.length, { timeout: 15_000 }).toBeGreaterThan(before);
        abort.abort();
        expect(await sent).toBe('left');
        await expect.poll(() => other.broken(), { timeout: 15_000 }).toBeGreaterThan(broken);
      },
    );
  });
}
