import { describe, expect, it } from 'vitest';
import { bytesOf, type Context, endless, post } from './context.ts';

/** Events with audio and times, and captions of what was said. */
export function addCaptions({ server, origin }: Context): void {
  const speech = (body: object, headers?: Record<string, string>): Promise<Response> =>
    post(`${server().url}/v1/audio/speech`, { response_format: 'wav', ...body }, headers ? { headers } : {});
  const input = 'One two three, four five. Six seven eight.';

  /** The data of each event. */
  const eventsOf = async (response: Response): Promise<{ type: string; [member: string]: unknown }[]> =>
    [...(await response.text()).matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data ?? ''));

  /** Events of a speech that breaks off once its beginning was heard. */
  const broken = async (): Promise<Response> => {
    const response = await speech({ input: `${endless} Cut short.`, stream_format: 'sse' });
    const reader = response.body?.getReader();
    const heard = [(await reader?.read())?.value ?? new Uint8Array()];
    origin().breakOff();
    for (let next = await reader?.read(); next && !next.done; next = await reader?.read())
      heard.push(next.value);
    return new Response(Buffer.concat(heard), response);
  };
  /** The captions are kept when the client has all of the audio, or in the same moment. */
  const captionsAt = async (url: string): Promise<Response> => {
    await expect.poll(async () => (await fetch(url)).status).toBe(200);
    return fetch(url);
  };

  describe('stream_format: sse', () => {
    it('carries the bytes of the plain answer and ends with the usage', async () => {
      const plain = await bytesOf(await speech({ input }));
      const response = await speech({ input, stream_format: 'sse' });
      expect(response.headers.get('content-type')).toBe('text/event-stream');
      const events = await eventsOf(response);
      const pieces = events.filter(({ type }) => type === 'speech.audio.delta');
      const audio = Buffer.concat(pieces.map((event) => Buffer.from(String(event.audio), 'base64')));
      expect(audio.equals(plain)).toBe(true);
      expect(events.at(-1)).toMatchObject({
        type: 'speech.audio.done',
        usage: { input_tokens: 11, output_tokens: expect.any(Number), total_tokens: expect.any(Number) },
      });
    });

    it('tells of a break, as every runtime can', async () => {
      const events = await eventsOf(await broken());
      expect(events[0]?.type).toBe('speech.audio.delta');
      expect(events.at(-1)).toMatchObject({
        type: 'error',
        error: { code: 'origin_unavailable', param: null },
      });
    });

    it('is a status when nothing was heard', async () => {
      const response = await speech({ input: '[[dieBeforeHeaders]] Hello.', stream_format: 'sse' });
      expect(response.status).toBe(502);
    });

    it('frees the origin when the client leaves', async () => {
      const client = new AbortController();
      const text = `${endless} A long story.`;
      const body = { input: text, stream_format: 'sse' };
      const response = await post(`${server().url}/v1/audio/speech`, body, { signal: client.signal });
      await response.body?.getReader().read();
      client.abort();
      await origin().until(() => origin().spoken.at(-1)?.leftAt !== undefined);
      await origin().until(() => origin().queued === 0);
    });
  });

  describe('captions', () => {
    it('add up to the length of the audio', async () => {
      const response = await speech({ input, timestamps: true });
      const id = response.headers.get('x-speech-id');
      expect(id).toMatch(/^[0-9a-f]{32}$/);
      const rate = Number(response.headers.get('x-audio-sample-rate'));
      const seconds = ((await bytesOf(response)).length - 44) / 2 / rate;
      const found = await captionsAt(`${server().url}/v1/audio/speech/${id}.json`);
      const captions = (await found.json()) as { duration: number; text: string; words: { word: string }[] };
      expect(captions.duration).toBeCloseTo(seconds, 2);
      expect(captions.text).toBe(input);
      expect(captions.words.map(({ word }) => word)).toEqual(input.match(/\w+/g));
    });

    it.each([
      ['srt', 'application/x-subrip; charset=utf-8', /^1\n00:00:00,\d{3} --> 00:00:0\d,\d{3}\nOne two three/],
      ['vtt', 'text/vtt; charset=utf-8', /^WEBVTT\n\n00:00:00\.\d{3} --> 00:00:0\d\.\d{3}\nOne two three/],
    ])('come as %s', async (extension, type, pattern) => {
      const response = await speech({ input, timestamps: true, stream_format: 'sse' });
      await response.text();
      const url = `${server().url}/v1/audio/speech/${response.headers.get('x-speech-id')}.${extension}`;
      const found = await captionsAt(url);
      expect([found.status, found.headers.get('content-type')]).toEqual([200, type]);
      expect(await found.text()).toMatch(pattern);
      expect((await fetch(url, { method: 'POST' })).status).toBe(405);
    });

    it('of a speech that was broken off, or of none, are 404', async () => {
      const response = await broken();
      for (const id of [response.headers.get('x-speech-id'), '0'.repeat(32)]) {
        expect((await fetch(`${server().url}/v1/audio/speech/${id}.srt`)).status).toBe(404);
      }
    });

    it('are not to be found by an id that the client chose', async () => {
      const response = await speech({ input }, { 'x-request-id': 'a'.repeat(32) });
      await response.arrayBuffer();
      expect(response.headers.get('x-speech-id')).not.toBe('a'.repeat(32));
    });
  });
}
