import { describe, expect, it } from 'vitest';
import { ascii, bytesOf, type Context, type OpenaiError, post, uint32 } from './context.ts';

export function addOpenaiSpeech({ server, origin }: Context): void {
  const speech = (body: unknown, path = '/v1/audio/speech'): Promise<Response> =>
    post(`${server().url}${path}`, body);

  describe('POST /v1/audio/speech', () => {
    it('answers mp3 by default', async () => {
      const response = await speech({ model: 'tts-1', input: 'One two three.', voice: 'alloy' });
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('audio/mpeg');
      expect(response.headers.get('content-disposition')).toBe('inline; filename="speech.mp3"');
      const audio = await bytesOf(response);
      expect([audio[0], (audio[1] ?? 0) & 0xe0]).toEqual([0xff, 0xe0]);
    });

    it('answers pcm at 24 kHz from a 44.1 kHz origin', async () => {
      const wav = await bytesOf(await speech({ input: 'One two three.', response_format: 'wav' }));
      const response = await speech({ input: 'One two three.', response_format: 'pcm' });
      expect(response.headers.get('x-audio-sample-rate')).toBe('24000');
      const pcm = await bytesOf(response);
      expect(pcm.length / (wav.length - 44)).toBeCloseTo(24_000 / 44_100, 3);
    });

    it('streams wav with open sizes', async () => {
      const audio = await bytesOf(await speech({ input: 'Hi.', response_format: 'wav' }));
      expect(ascii(audio, 0, 4)).toBe('RIFF');
      expect(uint32(audio, 40)).toBe(0xffffffff);
    });

    it('changes the pace of an origin that cannot', async () => {
      const normal = await bytesOf(await speech({ input: 'One two three four.', response_format: 'wav' }));
      const fast = await bytesOf(
        await speech({ input: 'One two three four.', response_format: 'wav', speed: 2 }),
      );
      expect((fast.length - 44) / (normal.length - 44)).toBeCloseTo(0.5, 1);
    });

    it('takes text and format, a voice object, unknown fields and null', async () => {
      const body = {
        text: 'Hi.',
        format: 'wav',
        voice: { id: 'nova' },
        backend: 'x',
        instructions: 'softly',
        speed: null,
      };
      expect((await speech(body)).headers.get('content-type')).toBe('audio/wav');
    });

    it.each(['...', '🙂', '— … —'])('%s is a breath of silence, not an error', async (input) => {
      const before = origin().spoken.length;
      const audio = await bytesOf(await speech({ input, response_format: 'pcm' }));
      expect(audio.length).toBe(24_000 / 2);
      expect(audio.every((byte) => byte === 0)).toBe(true);
      expect(origin().spoken.length).toBe(before);
    });

    it('takes a number as text', async () => {
      expect((await speech({ input: 'Hi.', speed: '1.5', response_format: 'wav' })).status).toBe(200);
    });

    it.each([
      [{ response_format: 'wav', sample_rate: 8000 }, '8000'],
      [{ response_format: 'pcm', sample_rate: 48_000 }, '48000'],
      [{ response_format: 'mp3', sample_rate: 32_000, mp3_bitrate: 192 }, '32000'],
    ])('answers at the rate asked for: %j', async (fields, sampleRate) => {
      const response = await speech({ input: 'One two three.', ...fields });
      expect(response.headers.get('x-audio-sample-rate')).toBe(sampleRate);
      await response.arrayBuffer();
    });

    it('spends the bits that were asked for', async () => {
      const length = async (fields: object): Promise<number> =>
        (await bytesOf(await speech({ input: 'One two three four five.', ...fields }))).length;
      const most = await length({ bitrate: 320 });
      expect(most / (await length({ mp3_bitrate: 64 }))).toBeCloseTo(5, 1);
      expect(await length({ bitrate: 32, mp3_bitrate: 320 })).toBe(most);
    });

    it('is there without /v1 too', async () => {
      expect((await speech({ input: 'Hi.', response_format: 'wav' }, '/audio/speech')).status).toBe(200);
    });

    it('passes a voice of the origin on', async () => {
      await bytesOf(await speech({ input: 'Hi.', voice: 'anna' }));
      expect(origin().spoken.at(-1)?.body).toMatchObject({ reference_id: 'anna' });
    });
  });

  describe('bad input to /v1/audio/speech costs no synthesis', () => {
    it.each([
      ['blank input', { input: '  ' }, 400, 'input', 'invalid_value'],
      ['no input', { model: 'tts-1' }, 400, 'input', 'invalid_value'],
      ['long input', { input: 'x'.repeat(4097) }, 400, 'input', 'invalid_value'],
      ['a speed out of range', { input: 'a', speed: 9 }, 400, 'speed', 'invalid_value'],
      ['a speed of the wrong type', { input: 'a', speed: 'fast' }, 400, 'speed', 'invalid_value'],
      ['an unknown format', { input: 'a', response_format: 'wma' }, 400, 'response_format', 'invalid_value'],
      ['an unknown voice', { input: 'a', voice: 'nobody' }, 404, 'voice', 'voice_not_found'],
      ['a voice of the wrong type', { input: 'a', voice: 7 }, 400, 'voice', 'invalid_value'],
      ['a body that is no object', ['a'], 400, null, 'invalid_value'],
    ])('%s', async (_, body, status, param, code) => {
      const before = origin().spoken.length;
      const response = await speech(body);
      expect(response.status).toBe(status);
      const { error } = (await response.json()) as OpenaiError;
      expect(error).toMatchObject({ type: 'invalid_request_error', param, code });
      expect(error.message.length).toBeGreaterThan(5);
      if (status === 400) expect(response.headers.get('x-should-retry')).toBe('false');
      expect(origin().spoken.length).toBe(before);
    });

    it('another content type', async () => {
      const response = await fetch(`${server().url}/v1/audio/speech`, { method: 'POST', body: 'input=a' });
      expect(response.status).toBe(415);
      expect(((await response.json()) as OpenaiError).error.code).toBe('unsupported_media_type');
    });
  });
}
