import { describe, expect, it } from 'vitest';
import { wavHeader } from '../../../src/audio/wav.ts';
import { tone } from '../../fake-origin/tone.ts';
import { bytesOf, type Context, type FishError, post } from './context.ts';

const noise = Uint8Array.from({ length: 4000 }, (_, i) => (i * 7919) % 251);
const behind = (head: string): Uint8Array => Buffer.concat([Buffer.from(head, 'latin1'), noise]);
const wavOf = (pcm: Uint8Array): Uint8Array =>
  Buffer.concat([wavHeader({ rate: 8000, channels: 1, dataBytes: pcm.length }), pcm]);
const length = 'must be 0.3 to 120 seconds long';

/** Recordings that an origin would fail at, now or whenever the voice is used. */
const unusable: readonly (readonly [name: string, audio: Uint8Array, message: string])[] = [
  ['a tiny file', wavOf(tone(0.001)), 'must have at least 256 bytes'],
  ['a moment', wavOf(tone(0.03)), length],
  ['silence', wavOf(new Uint8Array(16_000)), 'must not be silent'],
  ['noise that begins as WAV', behind('RIFF\xff\xff\0\0WAVE'), 'cannot be decoded as audio'],
  ['noise that begins as MP3', behind('ID3\x03\0\0\0\0\0\0'), 'cannot be decoded as audio'],
  ['noise that begins as FLAC', behind('fLaC'), 'cannot be decoded as audio'],
  ['noise that begins as AIFF', behind('FORM\0\0\x10\0AIFF'), 'cannot be decoded as audio'],
  ['noise that begins as Ogg', behind('OggS'), 'cannot be decoded as audio'],
  ['noise that begins as M4A', behind('\0\0\0\x20ftypM4A '), 'cannot be decoded as audio'],
  ['noise that begins as WebM', behind('\x1a\x45\xdf\xa3'), 'cannot be decoded as audio'],
];

/** Voice samples are decoded before an origin gets them, whatever the runtime. */
export function addVoiceSamples({ server, origin }: Context): void {
  const base64 = (audio: Uint8Array): string => Buffer.from(audio).toString('base64');
  const speakWith = (audio: Uint8Array): Promise<Response> =>
    post(`${server().url}/v1/tts`, { text: 'Hello.', references: [{ audio: base64(audio), text: 'Said.' }] });
  const add = (audio: Uint8Array, id: string): Promise<Response> => {
    const headers = { accept: 'application/json' };
    return post(
      `${server().url}/v1/references/add`,
      { id, text: 'Said.', audio: base64(audio) },
      { headers },
    );
  };

  describe('a voice sample', () => {
    it.each(unusable)('that is %s never reaches the origin', async (_, audio, message) => {
      const before = origin().requests.length;
      for (const [response, name] of [
        [await speakWith(audio), 'references[0].audio'],
        [await add(audio, 'unusable'), 'audio'],
      ] as const) {
        expect(response.status).toBe(400);
        expect(((await response.json()) as FishError).detail).toBe(`${name} ${message}`);
      }
      expect(
        origin()
          .requests.slice(before)
          .map(({ path }) => path),
      ).not.toContain('/v1/tts');
      expect(origin().references.has('unusable')).toBe(false);
    });

    it.each(['wav', 'mp3', 'flac', 'opus'])('of %s is taken', async (format) => {
      const speech = await post(`${server().url}/v1/tts`, { text: 'One two.', format });
      const audio = await bytesOf(speech);
      expect((await speakWith(audio)).status).toBe(200);
      const before = origin().references.size;
      expect((await add(audio, `sample-${format}`)).status).toBe(200);
      expect(origin().references.size).toBe(before + 1);
      await fetch(`${server().url}/v1/references/sample-${format}`, { method: 'DELETE' }); // so that it lists it no more
    });
  });
}
