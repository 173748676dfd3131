import { encode } from '@msgpack/msgpack';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../server.ts';
import { bytesOf, type Context, type FishError, post } from './context.ts';

/** `FISH_STRICT_ERRORS=upstream`: what upstream's schema refuses looks as it does there (docs/fish-speech.md, the body of a 422). */
export function addStrictErrors({ runtime, origin }: Context): void {
  describe('with upstream’s own validation errors', () => {
    let server: RunningServer;
    beforeAll(async () => {
      const env = { FISH_BACKEND: origin().url, FISH_STRICT_ERRORS: 'upstream' };
      server = await startServer(runtime, { env });
    });
    afterAll(() => server?.stop());

    it.each([
      ['/v1/tts', {}],
      ['/v1/tts', []],
      ['/v1/tts', { text: 5, top_p: 2, temperature: 0.05, repetition_penalty: 'x' }],
      ['/v1/tts', { text: 'a', format: 'flac', use_memory_cache: true, streaming: 'perhaps', seed: '' }],
      ['/v1/tts', { text: 'a', references: [{ text: 'x' }, { audio: 5, text: 'y' }] }],
      ['/v1/references/delete', { reference_id: 5 }],
      ['/v1/references/update', { old_reference_id: 'a' }],
      ['/v1/vqgan/encode', {}],
      ['/v1/vqgan/encode', { audios: [5, 'a'] }],
      ['/v1/vqgan/decode', null],
    ])('%s of %j is answered as the origin itself does', async (path, body) => {
      const init: RequestInit = path.endsWith('delete') ? { method: 'DELETE' } : {};
      const [ours, theirs] = await Promise.all([
        post(server.url + path, body, init),
        post(origin().url + path, body, init),
      ]);
      expect([ours.status, ours.headers.get('content-type')]).toEqual([422, 'application/json']);
      expect(await ours.text()).toBe(await theirs.text());
    });

    it('does not echo binary, over which upstream itself fails', async () => {
      const body = encode({ references: [{ audio: new Uint8Array(300) }] }) as BodyInit;
      const headers = { 'content-type': 'application/msgpack' };
      const response = await fetch(`${server.url}/v1/tts`, { method: 'POST', headers, body });
      const entries = (await response.json()) as { loc: unknown[]; input: unknown }[];
      expect(response.status).toBe(422);
      expect(entries.map(({ loc, input }) => [loc, input])).toEqual([
        [['text'], { references: [{}] }],
        [['references', 0, 'text'], {}],
      ]);
    });

    it('leaves upstream’s dead range of chunk_length dead', async () => {
      const response = await post(`${server.url}/v1/tts`, { text: 'Hi.', chunk_length: 5 });
      expect(response.status).toBe(200);
      await bytesOf(response);
    });

    it('keeps the gateway’s own rules as they are, and OpenAI’s paths', async () => {
      const traversal = await post(`${server.url}/v1/tts`, { text: 'a', reference_id: '../x' });
      expect(traversal.status).toBe(400);
      expect(((await traversal.json()) as FishError).detail).toMatch(/^reference_id must contain/);
      const openai = await post(`${server.url}/v1/audio/speech`, {});
      expect(openai.status).toBe(400);
    });
  });
}
