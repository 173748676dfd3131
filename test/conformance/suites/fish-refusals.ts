import { describe, expect, it } from 'vitest';
import { type Context, type FishError, post } from './context.ts';

export function addFishRefusals({ server, origin }: Context): void {
  const tts = (body: unknown): Promise<Response> => post(`${server().url}/v1/tts`, body);

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

    it('JSON that names no content type is read as JSON', async () => {
      const response = await fetch(`${server().url}/v1/tts`, {
        method: 'POST',
        body: new Uint8Array([123, 125]),
      });
      expect([response.status, ((await response.json()) as FishError).detail]).toEqual([
        400,
        'text must be a string',
      ]);
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
