import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../server.ts';
import { bytesOf, type Context, post, uint32 } from './context.ts';

const headerBytes = 44;

/** Speech that is kept is known to its end: players see how long it is. */
export function addKeptWav({ runtime, origin }: Context): void {
  describe('a WAV that is kept', () => {
    let server: RunningServer;
    beforeAll(async () => {
      server = await startServer(runtime, { env: { FISH_BACKEND: origin().url, FISH_CACHE: 'on' } });
    });
    afterAll(() => server?.stop());

    it.each([
      ['/v1/audio/speech', { input: 'One sentence is kept.', response_format: 'wav' }],
      ['/v1/audio/speech', { input: 'It is kept at a speed.', response_format: 'wav', speed: 1.5 }],
      ['/v1/tts', { text: 'A stream is kept too.', streaming: true }],
    ])('has exact sizes and a length on %s: %j', async (path, body) => {
      const first = await post(`${server.url}${path}`, body);
      expect(first.headers.has('content-length')).toBe(false);
      const made = await bytesOf(first);
      expect(uint32(made, 40)).toBe(0xffffffff);

      const again = await post(`${server.url}${path}`, body);
      expect(again.headers.get('x-cache')).toBe('hit');
      const kept = await bytesOf(again);
      expect(again.headers.get('content-length')).toBe(String(kept.length));
      expect([uint32(kept, 4), uint32(kept, 40)]).toEqual([kept.length - 8, kept.length - headerBytes]);
      expect(kept.subarray(headerBytes)).toEqual(made.subarray(headerBytes));
    });

    it('has open sizes where its parts are kept one by one', async () => {
      const body = { input: 'The first part. The second part comes after it.', response_format: 'wav' };
      const made = await bytesOf(await post(`${server.url}/v1/audio/speech`, body));
      const again = await bytesOf(await post(`${server.url}/v1/audio/speech`, body));
      expect(uint32(again, 40)).toBe(0xffffffff);
      expect(again.length).toBe(made.length);
    });
  });
}
