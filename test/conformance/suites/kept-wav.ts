import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../server.ts';
import { bytesOf, type Context, post, uint32, whenKept } from './context.ts';

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
      ['/v1/tts', { text: 'A stream is kept too, at another rate.', streaming: true, sample_rate: 24_000 }],
      [
        '/v1/audio/speech',
        { input: `One of many. ${'Another one comes after it. '.repeat(6)}`, response_format: 'wav' },
      ],
      [
        '/v1/audio/speech',
        { input: 'Many of them. At a speed of their own.', response_format: 'wav', speed: 0.5 },
      ],
    ])('has exact sizes and a length on %s: %j', async (path, body) => {
      const first = await post(`${server.url}${path}`, body);
      expect(first.headers.has('content-length')).toBe(false);
      const made = await bytesOf(first);
      expect(uint32(made, 40)).toBe(0xffffffff);

      const again = await whenKept(() => post(`${server.url}${path}`, body));
      expect(again.headers.get('x-cache')).toBe('hit');
      const kept = await bytesOf(again);
      expect(again.headers.get('content-length')).toBe(String(kept.length));
      expect([uint32(kept, 4), uint32(kept, 40)]).toEqual([kept.length - 8, kept.length - headerBytes]);
      expect(kept.subarray(headerBytes)).toEqual(made.subarray(headerBytes));
    });

    it('has exact sizes for each of many who ask at once', async () => {
      const body = { input: 'All of them at once. They hear the same.', response_format: 'wav' };
      const made = await bytesOf(await whenKept(() => post(`${server.url}/v1/audio/speech`, body)));
      const answers = await Promise.all(
        Array.from({ length: 10 }, () => post(`${server.url}/v1/audio/speech`, body)),
      );
      for (const answer of answers) {
        const kept = await bytesOf(answer);
        expect(answer.headers.get('content-length')).toBe(String(made.length));
        expect(uint32(kept, 40)).toBe(made.length - headerBytes);
        expect(kept.subarray(headerBytes)).toEqual(made.subarray(headerBytes));
      }
    });

    /** The last one: a local workerd does not tell that its client left while nothing is sent, so that the origin's slot stays taken. */
    it('has open sizes, and begins at once, where a later part of it is still to be made', async () => {
      const first = { input: 'This part is kept already.', response_format: 'wav' };
      await bytesOf(await whenKept(() => post(`${server.url}/v1/audio/speech`, first)));
      const before = origin().spoken.length;
      const input = `${first.input} [[silent]] This part never comes.`;
      const client = new AbortController();
      const begun = await post(
        `${server.url}/v1/audio/speech`,
        { ...first, input },
        { signal: client.signal },
      );
      expect([begun.status, begun.headers.get('x-cache')]).toEqual([200, 'hit']);
      expect(begun.headers.has('content-length')).toBe(false);
      const head = (await begun.body?.getReader().read())?.value ?? new Uint8Array(headerBytes);
      expect(uint32(head, 40)).toBe(0xffffffff);
      await origin().until(() => origin().spoken.length > before);
      client.abort();
      await origin().until(() => origin().queued === 0);
    });
  });
}
