import { describe, expect, it } from 'vitest';
import { ascii, bytesOf, type Context, type OpenaiError, post, uint32 } from './context.ts';

/** Signed addresses that players fetch without a key. */
export function addPlay({ server, origin }: Context): void {
  const address = async (body: object): Promise<URL> => {
    const response = await post(`${server().url}/v1/audio/speech/url`, body);
    expect(response.status).toBe(200);
    return new URL(((await response.json()) as { url: string }).url);
  };

  describe('a signed address', () => {
    it('plays as a stream, and whole from then on', async () => {
      const url = await address({ input: 'Played from an address.', response_format: 'wav' });
      const before = origin().spoken.length;
      const streamed = await bytesOf(await fetch(url, { headers: { range: 'bytes=0-' } }));
      expect([ascii(streamed, 0, 4), uint32(streamed, 40)]).toEqual(['RIFF', 0xffffffff]);
      const isKept = async (): Promise<boolean> => (await fetch(url, { method: 'HEAD' })).headers.has('etag');
      await expect.poll(isKept).toBe(true);
      const kept = await fetch(url);
      const whole = await bytesOf(kept);
      expect(uint32(whole, 40)).toBe(whole.length - 44);
      expect(whole.slice(44)).toEqual(streamed.slice(44));
      expect(kept.headers.get('accept-ranges')).toBe('bytes');
      expect(origin().spoken.length - before).toBe(1);
    });

    it('answers the probe of Safari and iOS', async () => {
      const url = await address({ input: 'Asked for in parts.' });
      const probe = await fetch(url, { headers: { range: 'bytes=0-1' } });
      expect([probe.status, probe.headers.get('content-type')]).toEqual([206, 'audio/mpeg']);
      expect((await bytesOf(probe)).length).toBe(2);
    });

    it('keeps what else was asked for, and nothing of who asked', async () => {
      const body = { input: 'With its own rate.', response_format: 'wav', sample_rate: 16_000, seed: 7 };
      const url = await address(body);
      expect((await fetch(url)).headers.get('x-audio-sample-rate')).toBe('16000');
      expect(origin().spoken.at(-1)?.body).toMatchObject({ seed: 7 });
      const said = url.searchParams.get('say') ?? '';
      expect(JSON.parse(atob(said.replaceAll('-', '+').replaceAll('_', '/')))).toEqual({ ...body, speed: 1 });
    });

    it('says its headers without speaking', async () => {
      const url = await address({ input: 'Not spoken at all.' });
      const before = origin().spoken.length;
      const head = await fetch(url, { method: 'HEAD' });
      expect([head.status, head.headers.get('content-type')]).toEqual([200, 'audio/mpeg']);
      expect(origin().spoken.length).toBe(before);
    });

    it('is refused when it was changed or is over', async () => {
      const url = await address({ input: 'Signed.', expires_in: 1 });
      const changed = new URL(url);
      changed.searchParams.set('say', btoa('{"input":"Something else."}'));
      const later = new URL(url);
      later.searchParams.set('expires', String(Number(url.searchParams.get('expires')) + 1000));
      for (const wrong of [changed, later, new URL('/tts/play/x.mp3', url)]) {
        const response = await fetch(wrong);
        expect([response.status, await response.json()]).toEqual([
          403,
          { error: 'This address was not made here, or was changed.' },
        ]);
      }
      await new Promise((resolve) => setTimeout(resolve, 2100));
      expect(await (await fetch(url)).json()).toEqual({ error: 'This address is over.' });
    });

    it.each([
      ['no text', { input: '' }, 'input'],
      ['no time', { input: 'Hi.', expires_in: 0 }, 'expires_in'],
      ['too long a time', { input: 'Hi.', expires_in: 1e9 }, 'expires_in'],
      ['a text that no address holds', { input: 'ế'.repeat(4000) }, 'input'],
    ])('is not made for %s', async (_, body, param) => {
      const response = await post(`${server().url}/v1/audio/speech/url`, body);
      expect(response.status).toBe(400);
      expect(((await response.json()) as OpenaiError).error.param).toBe(param);
    });
  });
}
