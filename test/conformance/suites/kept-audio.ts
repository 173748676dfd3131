import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashKey } from '../../../src/services/keys.ts';
import { type FakeOrigin, startFakeOrigin } from '../../fake-origin.ts';
import { referenceAudio } from '../../reference-audio.ts';
import { type RunningServer, startServer } from '../server.ts';
import { bytesOf, type Context, post } from './context.ts';

const created = '2026-11-20T10:00:00Z';
type Made = { hash: string; audio_url: string };

/** What is kept behind addresses is what its request would get, and nobody hears what somebody else asked for. */
export function addKeptAudio({ runtime }: Context): void {
  describe('audio behind addresses', () => {
    let origin: FakeOrigin;
    let server: RunningServer;
    beforeAll(async () => {
      const names = ['ada', 'bob'];
      const keys = names.map(async (name) => ({ name, sha256: await hashKey(`key-of-${name}`), created }));
      origin = await startFakeOrigin({ references: ['anna', 'bert'] });
      server = await startServer(runtime, {
        env: { FISH_BACKEND: origin.url, FISH_KEYS: JSON.stringify({ keys: await Promise.all(keys) }) },
      });
    });
    afterAll(async () => {
      await server?.stop();
      await origin?.close();
    });

    const as = (name: string): { authorization: string } => ({ authorization: `Bearer key-of-${name}` });
    const make = async (name: string, query: Record<string, string>): Promise<Made> => {
      const response = await fetch(`${server.url}/tts?${new URLSearchParams(query)}`, { headers: as(name) });
      expect(response.status).toBe(200);
      return (await response.json()) as Made;
    };
    const file = (name: string, url: string): Promise<Response> => fetch(url, { headers: as(name) });
    /** Resolves when what was played is kept, which its player may not wait for. */
    const whenPlayed = (url: string): Promise<void> =>
      expect.poll(async () => (await fetch(url, { method: 'HEAD' })).headers.has('etag')).toBe(true);
    const textsSpoken = (since: number): unknown[] =>
      origin.spoken.slice(since).map(({ body }) => (body as { text?: string }).text);

    it('is never that of another text and speed which read the same', async () => {
      const before = origin.spoken.length;
      const slow = await make('ada', { text: 'Go on very_', speed: 'slow' });
      const slower = await make('bob', { text: 'Go on ', speed: 'very_slow' });
      expect(slower.hash).not.toBe(slow.hash);
      expect(textsSpoken(before)).toEqual(['Go on very_', 'Go on ']);
      const [slowBytes, slowerBytes] = [
        await bytesOf(await file('bob', slow.audio_url)),
        await bytesOf(await file('bob', slower.audio_url)),
      ];
      expect(slowBytes).not.toEqual(slowerBytes);
      // Who works out the name by itself, as clients of that service do, hears what it asked for.
      expect(await bytesOf(await file('ada', `${server.url}/audio/${slower.hash}.wav`))).toEqual(slowBytes);
      await make('ada', { text: 'Go on ', speed: 'very_slow' });
      expect(await bytesOf(await file('ada', slower.audio_url))).toEqual(slowerBytes);
      expect(origin.spoken.length - before).toBe(2);
    });

    it('is never that of another text with a voice in it', async () => {
      const before = origin.spoken.length;
      const plain = await make('ada', { text: 'Hello\0anna', speed: 'slow' });
      const voiced = await make('bob', { text: 'Hello', speed: 'normal', voice: 'bert' });
      const mixed = await make('bob', { text: 'Hellonormal\0bert', speed: 'fast' });
      expect(new Set([plain.hash, voiced.hash, mixed.hash]).size).toBe(3);
      expect(origin.spoken.length - before).toBe(3);
    });

    it('ends when a word of it is taught, and when it is forgotten', async () => {
      const query = { text: 'Say Qwrx twice.', speed: 'normal' };
      const url = (await make('ada', query)).audio_url;
      const address = (await (
        await post(`${server.url}/v1/audio/speech/url`, { input: query.text }, { headers: as('ada') })
      ).json()) as { url: string };
      await bytesOf(await fetch(address.url));
      await whenPlayed(address.url);
      const speech = await post(
        `${server.url}/v1/audio/speech`,
        { input: query.text },
        { headers: as('ada') },
      );
      await bytesOf(speech);
      const captions = `${server.url}/v1/audio/speech/${speech.headers.get('x-speech-id')}.srt`;
      await expect.poll(async () => (await file('ada', captions)).status).toBe(200);

      const taught = await post(
        `${server.url}/v1/pronunciations`,
        { word: 'Qwrx', alias: 'quirks' },
        { headers: as('ada') },
      );
      const { id } = (await taught.json()) as { id: string };
      expect((await file('ada', url)).status).toBe(404);
      expect((await file('ada', captions)).status).toBe(404);
      let before = origin.spoken.length;
      await bytesOf(await fetch(address.url));
      await make('ada', query);
      expect(textsSpoken(before)).toContain('Say quirks twice.');
      expect((await file('ada', url)).status).toBe(200);

      await fetch(`${server.url}/v1/pronunciations/${id}`, { method: 'DELETE', headers: as('ada') });
      before = origin.spoken.length;
      await bytesOf(await fetch(address.url));
      await bytesOf(await file('ada', (await make('ada', query)).audio_url));
      expect(textsSpoken(before)).not.toContain('Say quirks twice.');
    });

    it.each(['replaced', 'renamed'])('ends when its voice is %s', async (how) => {
      const voice = how === 'replaced' ? 'anna' : 'bert';
      const input = `Spoken by a voice that is ${how}.`;
      const { audio_url } = await make('ada', { text: input, speed: 'normal', voice });
      const signed = await post(
        `${server.url}/v1/audio/speech/url`,
        { input, voice, response_format: 'wav' },
        { headers: as('ada') },
      );
      const { url } = (await signed.json()) as { url: string };
      const old = await fetch(url);
      await bytesOf(old);
      await whenPlayed(url);
      const kept = await fetch(url);
      await bytesOf(kept);
      expect([kept.status, kept.headers.get('etag')]).toEqual([200, expect.any(String)]);
      const etag = kept.headers.get('etag') ?? '';
      expect((await fetch(url, { headers: { 'if-none-match': etag } })).status).toBe(304);

      const change = { method: 'POST', headers: as('ada') };
      if (how === 'renamed') {
        const body = { old_reference_id: voice, new_reference_id: 'someone else' };
        const renaming = await post(`${server.url}/v1/references/update`, body, { headers: as('ada') });
        expect(renaming.status).toBe(200);
        expect((await fetch(url)).status).toBe(404);
      } else {
        await fetch(`${server.url}/v1/references/${voice}`, { method: 'DELETE', headers: as('ada') });
        const form = new FormData();
        form.set('id', voice);
        form.set('text', 'Hello.');
        form.set('audio', new Blob([referenceAudio()]), 'a.wav');
        expect((await fetch(`${server.url}/v1/references/add`, { ...change, body: form })).status).toBe(200);
        const before = origin.spoken.length;
        expect((await fetch(url, { headers: { 'if-none-match': etag } })).status).toBe(200);
        expect(origin.spoken.length - before).toBe(1);
      }
      expect((await file('ada', audio_url)).status).toBe(404);
    });
  });
}
