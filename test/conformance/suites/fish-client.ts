import { decode, encode } from '@msgpack/msgpack';
import { describe, expect, it } from 'vitest';
import { referenceAudio } from '../../reference-audio.ts';
import { ascii, bytesOf, type Context } from './context.ts';

/** Calls byte for byte as Fish-Speech's `tools/api_client.py` makes them (docs/fish-speech.md, its own client). */
export function addFishClient({ server, origin }: Context): void {
  const headers = { authorization: 'Bearer YOUR_API_KEY', 'content-type': 'application/msgpack' };
  const speak = (more: object): Promise<Response> =>
    fetch(`${server().url}/v1/tts?format=msgpack`, {
      method: 'POST',
      headers,
      body: encode({
        text: 'One two three.',
        references: [],
        reference_id: null,
        normalize: true,
        format: 'wav',
        max_new_tokens: 1024,
        chunk_length: 300,
        top_p: 0.8,
        repetition_penalty: 1.1,
        temperature: 0.8,
        streaming: false,
        use_memory_cache: 'off',
        seed: null,
        ...more,
      }) as BodyInit,
    });

  describe('Fish-Speech’s own client', () => {
    it('saves a WAV', async () => {
      const response = await speak({});
      expect([response.status, response.headers.get('content-type')]).toEqual([200, 'audio/wav']);
      const audio = await bytesOf(response);
      expect([ascii(audio, 0, 4), ascii(audio, 8, 12)]).toEqual(['RIFF', 'WAVE']);
      expect(origin().spoken.at(-1)?.body).toMatchObject({ chunk_length: 300 });
    });

    it('clones a voice from raw bytes', async () => {
      const audio = referenceAudio();
      const response = await speak({ references: [{ audio, text: 'Hello.' }], seed: 7, streaming: true });
      expect(response.status).toBe(200);
      await bytesOf(response);
      const sent = origin().spoken.at(-1)?.body as { seed: number; references: { audio: Uint8Array }[] };
      expect([sent.seed, new Uint8Array(sent.references[0]?.audio ?? [])]).toEqual([7, audio]);
    });

    it('reads errors with .json()', async () => {
      const response = await speak({ reference_id: 'nobody' });
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ statusCode: 404, message: expect.any(String) });
    });

    it('manages voices in msgpack, without an Accept header', async () => {
      const form = new FormData();
      form.set('id', 'cloned');
      form.set('text', 'Hello.');
      form.set('audio', new Blob([referenceAudio()]), 'cloned.wav');
      const url = `${server().url}/v1/references`;
      const { authorization } = headers;
      const calls: [string, RequestInit][] = [
        ['add', { method: 'POST', body: form, headers: { authorization } }],
        ['list', { headers: { authorization } }],
        [
          'update',
          {
            method: 'POST',
            headers,
            body: encode({ old_reference_id: 'cloned', new_reference_id: 'kept' }) as BodyInit,
          },
        ],
        ['delete', { method: 'DELETE', headers, body: encode({ reference_id: 'kept' }) as BodyInit }],
      ];
      const answers: unknown[] = [];
      for (const [path, init] of calls) {
        const response = await fetch(`${url}/${path}`, init);
        expect(response.headers.get('content-type')).toBe('application/msgpack');
        answers.push(decode(await response.arrayBuffer()));
      }
      const renamed = { old_reference_id: 'cloned', new_reference_id: 'kept' };
      expect(answers).toMatchObject([
        { success: true, reference_id: 'cloned' },
        { success: true, reference_ids: ['anna', 'cloned'] },
        { success: true, ...renamed },
        { success: true, reference_id: 'kept' },
      ]);
    });
  });
}
