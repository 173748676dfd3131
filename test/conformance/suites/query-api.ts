import { describe, expect, it } from 'vitest';
import { ascii, bytesOf, type Context, uint32 } from './context.ts';

/** The VITS service's query API (docs/dialects.md, the query API). */
export function addQueryApi({ server, origin }: Context): void {
  const get = (path: string, init: RequestInit = {}): Promise<Response> => fetch(server().url + path, init);
  const ask = (path: string, query: Record<string, string>, init: RequestInit = {}): Promise<Response> =>
    get(`${path}?${new URLSearchParams(query)}`, init);

  describe('the query API', () => {
    it('streams a WAV', async () => {
      const response = await ask('/tts/stream', { text: 'xin chào bạn', speed: 'normal' });
      expect([response.status, response.headers.get('content-type')]).toEqual([200, 'audio/wav']);
      const wav = await bytesOf(response);
      expect([ascii(wav, 0, 4), uint32(wav, 40)]).toEqual(['RIFF', 0xffffffff]);
    });

    it('makes a file, plays it in parts, and makes it once', async () => {
      const before = origin().spoken.length;
      const response = await ask('/tts', { text: 'Hello world', speed: 'normal' });
      const hash = '13488d4fd315b002df86aac650210caa87454c6f'; // docs/dialects.md
      const made = (await response.json()) as { audio_url: string };
      expect(made).toEqual({
        hash,
        text: 'Hello world',
        speed: 'normal',
        audio_url: `${server().url}/audio/${hash}.wav`,
      });
      const whole = await fetch(made.audio_url);
      const wav = await bytesOf(whole);
      expect(whole.headers.get('content-length')).toBe(String(wav.length));
      expect([ascii(wav, 0, 4), uint32(wav, 40)]).toEqual(['RIFF', wav.length - 44]);

      const probe = await fetch(made.audio_url, { headers: { range: 'bytes=0-1' } });
      expect([probe.status, probe.headers.get('content-range'), await probe.text()]).toEqual([
        206,
        `bytes 0-1/${wav.length}`,
        'RI',
      ]);
      const tail = await fetch(made.audio_url, { headers: { range: 'bytes=-10' } });
      expect(await bytesOf(tail)).toEqual(wav.slice(-10));
      const beyond = await fetch(made.audio_url, { headers: { range: `bytes=${wav.length}-` } });
      expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, `bytes */${wav.length}`]);
      const head = await fetch(made.audio_url, { method: 'HEAD' });
      expect(head.headers.get('content-length')).toBe(String(wav.length));
      const etag = whole.headers.get('etag') ?? '';
      expect((await fetch(made.audio_url, { headers: { 'if-none-match': etag } })).status).toBe(304);
      const changed = { range: 'bytes=0-1', 'if-range': '"other"' };
      expect((await fetch(made.audio_url, { headers: changed })).status).toBe(200);

      await ask('/tts', { text: 'Hello world', speed: 'normal' });
      expect(origin().spoken.length - before).toBe(1);
    });

    it('names files by text and speed as that service does', async () => {
      const response = await ask('/tts', { text: 'xin chào bạn', speed: 'normal' });
      expect(((await response.json()) as { hash: string }).hash).toBe(
        'e6bc1768c82ae63ed8ee61ca2349efa4ef9f166e',
      );
    });

    it('takes an address of 14 kB', async () => {
      const text = 'Một câu dài. '.repeat(500).trim();
      const query = `text=${encodeURIComponent(text)}`.slice(0, 14_000).replace(/%[^%]{0,1}$/, '');
      const cut = decodeURIComponent(query.slice(5).replace(/(%[0-9A-F]{2})+$/, ''));
      const headers = { 'x-request-id': 'long-address' };
      const response = await ask('/tts/stream', { text: cut, speed: 'fast' }, { headers });
      expect(response.status).toBe(200);
      await response.body?.cancel();
      await expect.poll(() => server().logs.some(({ id }) => id === 'long-address')).toBe(true); // nothing more is spoken
      await origin().until(() => origin().queued === 0);
    });

    it.each([
      ['/tts/stream', { text: 'Hi.', speed: 'warp' }, 'Invalid speed parameter.'],
      ['/tts', { text: 'Hi.', speed: '1.5' }, 'Invalid speed parameter.'],
      ['/tts', { speed: 'normal' }, 'Missing text parameter.'],
      ['/tts/stream', { text: '   ', speed: 'normal' }, 'Missing text parameter.'],
    ])('%s refuses %j', async (path, query, message) => {
      const before = origin().spoken.length;
      const response = await ask(path, query as Record<string, string>);
      expect(response.status).toBeGreaterThanOrEqual(400);
      expect(response.status).toBeLessThan(500);
      expect(await response.json()).toEqual({ error: message });
      expect(origin().spoken.length).toBe(before);
    });

    it('refuses texts that no address can hold', async () => {
      const { status } = await ask('/tts/stream', { text: 'a'.repeat(20_000), speed: 'normal' });
      expect(status).toBeGreaterThanOrEqual(400);
      expect(status).toBeLessThan(500);
    });

    it('speaks nothing for HEAD, and knows no file that was not made', async () => {
      const before = origin().spoken.length;
      const head = await ask('/tts/stream', { text: 'Hi.', speed: 'normal' }, { method: 'HEAD' });
      expect([head.status, head.headers.get('content-type')]).toEqual([200, 'audio/wav']);
      expect((await get(`/audio/${'0'.repeat(40)}.wav`)).status).toBe(404);
      expect((await get('/audio/..%2fsecret.wav')).status).toBe(404);
      expect(origin().spoken.length).toBe(before);
    });
  });
}
