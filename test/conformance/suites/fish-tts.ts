import { encode } from '@msgpack/msgpack';
import { describe, expect, it } from 'vitest';
import { ascii, bytesOf, type Context, type FishError, post, uint32 } from './context.ts';

const headerBytes = 44;
const unknownSize = 0xffffffff;

export function addFishTts({ server, origin }: Context): void {
  const tts = (body: unknown, init?: RequestInit): Promise<Response> =>
    post(`${server().url}/v1/tts`, body, init);

  describe('POST /v1/tts', () => {
    it('answers a whole WAV with exact sizes', async () => {
      const response = await tts({ text: 'One two three.' });
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('audio/wav');
      expect(response.headers.get('content-disposition')).toBe('attachment; filename=audio.wav');
      expect(response.headers.get('x-audio-sample-rate')).toBe('44100');
      expect(response.headers.get('x-engine')).toBe('fish');
      expect(response.headers.get('server-timing')).toMatch(/first-audio;dur=\d/);
      const audio = await bytesOf(response);
      expect(ascii(audio, 0, 4)).toBe('RIFF');
      expect(uint32(audio, 4)).toBe(audio.length - 8);
      expect(uint32(audio, 40)).toBe(audio.length - headerBytes);
      expect(origin().spoken.at(-1)?.body).toMatchObject({
        text: 'One two three.',
        streaming: false,
        format: 'wav',
      });
    });

    it('streams WAV with a header although the origin sends none', async () => {
      const response = await tts({ text: 'One two three.', streaming: true });
      const audio = await bytesOf(response);
      expect([ascii(audio, 0, 4), ascii(audio, 8, 12)]).toEqual(['RIFF', 'WAVE']);
      expect([uint32(audio, 4), uint32(audio, 40)]).toEqual([unknownSize, unknownSize]);
      expect(uint32(audio, 24)).toBe(44_100);
      expect(audio.length).toBeGreaterThan(44_100);
      expect(origin().spoken.at(-1)?.body).toMatchObject({ streaming: true });
    });

    it('gives the same samples whole, streamed and as pcm', async () => {
      const whole = await bytesOf(await tts({ text: 'Same samples.' }));
      const streamed = await bytesOf(
        await tts({ text: 'Same samples. [[chunkBytes=777]]', streaming: true }),
      );
      const pcm = await bytesOf(await tts({ text: 'Same samples.', format: 'pcm' }));
      expect(streamed.subarray(headerBytes)).toEqual(whole.subarray(headerBytes));
      expect(pcm).toEqual(whole.subarray(headerBytes));
    });

    it('takes msgpack with raw reference audio', async () => {
      const audio = Uint8Array.from({ length: 600 }, (_, index) => index % 251);
      const body = encode({
        text: 'Hi there.',
        references: [{ audio, text: 'hello' }],
        seed: null,
        streaming: false,
      });
      const response = await fetch(`${server().url}/v1/tts?format=msgpack`, {
        method: 'POST',
        headers: { 'content-type': 'application/msgpack' },
        body: body as BodyInit,
      });
      expect(response.status).toBe(200);
      await bytesOf(response);
      const seen = origin().spoken.at(-1)?.body as { references: { audio: Uint8Array; text: string }[] };
      expect(seen.references[0]?.text).toBe('hello');
      expect(new Uint8Array(seen.references[0]?.audio ?? [])).toEqual(audio);
    });

    it('takes a form with references as parts', async () => {
      const form = new FormData();
      form.set('text', 'From a form.');
      form.set('top_p', '0.5');
      form.set('references[0][audio]', new Blob([new Uint8Array(400)]), 'a.wav');
      form.set('references[0][text]', 'said');
      const response = await fetch(`${server().url}/v1/tts`, { method: 'POST', body: form });
      expect(response.status).toBe(200);
      await bytesOf(response);
      expect(origin().spoken.at(-1)?.body).toMatchObject({ text: 'From a form.', top_p: 0.5 });
    });

    it('lets zeros of the Go clients mean unset', async () => {
      const zeros = { chunk_length: 0, top_p: 0, temperature: 0, repetition_penalty: 0, max_new_tokens: 0 };
      const response = await tts({
        text: 'Zeros.',
        ...zeros,
        use_memory_cache: '',
        references: null,
        reference_id: null,
      });
      expect(response.status).toBe(200);
      await bytesOf(response);
      const sent = {
        chunk_length: 200,
        top_p: 0.8,
        temperature: 0.8,
        repetition_penalty: 1.1,
        max_new_tokens: 1024,
      };
      expect(origin().spoken.at(-1)?.body).toMatchObject({ ...sent, use_memory_cache: 'off' });
    });

    it('answers mp3 made here, as the origin is only asked for wav', async () => {
      const response = await tts({ text: 'One two.', format: 'mp3' });
      expect(response.headers.get('content-type')).toBe('audio/mpeg');
      const audio = await bytesOf(response);
      expect(audio[0]).toBe(0xff);
      expect((audio[1] ?? 0) & 0xe0).toBe(0xe0);
      expect(origin().spoken.at(-1)?.body).toMatchObject({ format: 'wav' });
    });
  });

  describe('bad input to /v1/tts costs no synthesis', () => {
    it.each([
      ['blank text', { text: ' \n' }, 400, 'text is required'],
      ['no text', {}, 400, 'text must be a string'],
      ['text of the wrong type', { text: ['a'] }, 400, 'text must be a string'],
      ['text beyond the limit', { text: 'x'.repeat(2001) }, 400, 'Text is too long, max length is 2000'],
      [
        'a number out of range',
        { text: 'a', temperature: 3 },
        400,
        'temperature must be between 0.1 and 1.0',
      ],
      ['a number of the wrong type', { text: 'a', top_p: 'x' }, 400, 'top_p must be between 0.1 and 1.0'],
      ['an unknown format', { text: 'a', format: 'wma' }, 400, /^format must be one of/],
      [
        'a streamed mp3',
        { text: 'a', format: 'mp3', streaming: true },
        400,
        'Streaming only supports WAV format',
      ],
      [
        'an id that leaves its folder',
        { text: 'a', reference_id: '../x' },
        400,
        /^reference_id must contain only/,
      ],
      [
        'too many references',
        { text: 'a', references: Array(11).fill({ audio: 'YQ==', text: 'a' }) },
        400,
        /at most 10 items/,
      ],
      [
        'a voice the origin lacks',
        { text: 'a', reference_id: 'nobody' },
        404,
        "The voice 'nobody' does not exist.",
      ],
    ])('%s', async (_, body, status, detail) => {
      const before = origin().spoken.length;
      const response = await tts(body);
      expect(response.status).toBe(status);
      const error = (await response.json()) as FishError;
      expect(error.detail).toMatch(detail);
      expect(error).toMatchObject({ statusCode: status, status, message: error.detail });
      expect(typeof error.error).toBe('string');
      expect(origin().spoken.length).toBe(before);
    });

    it.each([
      ['application/json', '{"text":', 400, 'Invalid JSON body'],
      ['application/json', '\xff\xfe', 400, 'Invalid JSON body'],
      ['application/json', '[]', 400, 'The body must be an object.'],
      ['application/msgpack', 'not msgpack', 400, 'Invalid MessagePack body'],
      ['multipart/form-data; boundary=x', 'no boundary here', 400, 'Invalid multipart body'],
      ['multipart/form-data', 'x', 400, 'Invalid multipart body'],
      ['text/plain', 'Hello', 415, 'Unsupported content type'],
    ])('a broken %s body', async (type, body, status, detail) => {
      const bytes = Uint8Array.from(body, (character) => character.charCodeAt(0));
      const headers = { 'content-type': type };
      const response = await fetch(`${server().url}/v1/tts`, { method: 'POST', headers, body: bytes });
      expect(response.status).toBe(status);
      if (status === 415) expect(response.headers.get('accept')).toContain('application/msgpack');
      expect(((await response.json()) as FishError).detail).toBe(detail);
    });

    it('a missing content type', async () => {
      const response = await fetch(`${server().url}/v1/tts`, {
        method: 'POST',
        body: new Uint8Array([123, 125]),
      });
      expect(response.status).toBe(415);
    });

    it('a body over the limit, announced or not', async () => {
      const big = new Uint8Array(1_200_000).fill(0x20);
      const announced = await fetch(`${server().url}/v1/tts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: big,
      });
      expect(announced.status).toBe(413);
      const chunked = await fetch(`${server().url}/v1/tts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: new Blob([big]).stream(),
        duplex: 'half',
      } as RequestInit);
      expect(chunked.status).toBe(413);
    });
  });
}
