import { encode } from '@msgpack/msgpack';
import { describe, expect, it } from 'vitest';
import { referenceAudio } from '../../reference-audio.ts';
import { ascii, bytesOf, type Context, post, uint32 } from './context.ts';

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

    it('takes the sample rate, the bit rate and the prosody of the Fish Audio cloud', async () => {
      const text = 'Four five six.';
      const plain = (await bytesOf(await tts({ text, seed: 3 }))).length - headerBytes;
      const asked = { text, seed: 3, sample_rate: 16_000, prosody: { speed: 2, volume: -6 } };
      const response = await tts(asked);
      expect(response.headers.get('x-audio-sample-rate')).toBe('16000');
      const length = (await bytesOf(response)).length - headerBytes;
      const half = (plain * 16_000) / 44_100 / 2;
      expect(Math.abs(length / half - 1)).toBeLessThan(0.05);
      const opus = async (opus_bitrate: number): Promise<number> =>
        (await bytesOf(await tts({ text, format: 'opus', opus_bitrate }))).length;
      expect(await opus(64)).toBeGreaterThan(await opus(16_000)); // kbit/s, and bit/s as its specification has them
      const wrong = await tts({ text, prosody: { speed: 9 } });
      expect([wrong.status, await wrong.json()]).toMatchObject([
        400,
        { detail: 'prosody.speed must be between 0.25 and 4.0' },
      ]);
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
        await tts({ text: '[[chunkBytes=777]] Same samples.', streaming: true }),
      );
      const pcm = await bytesOf(await tts({ text: 'Same samples.', format: 'pcm' }));
      expect(streamed.subarray(headerBytes)).toEqual(whole.subarray(headerBytes));
      expect(pcm).toEqual(whole.subarray(headerBytes));
    });

    it('takes msgpack with raw reference audio', async () => {
      const audio = referenceAudio();
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
      form.set('references[0][audio]', new Blob([referenceAudio()]), 'a.wav');
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
      const sent = origin().spoken.at(-1)?.body;
      for (const name of [...Object.keys(zeros), 'use_memory_cache']) expect(sent).not.toHaveProperty(name);
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
}
