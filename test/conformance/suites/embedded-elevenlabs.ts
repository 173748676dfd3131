import { beforeAll, describe, expect, it } from 'vitest';
import { elevenLabsClient } from '../../elevenlabs-sdk.ts';
import type { RunningServer } from '../server.ts';

/** ElevenLabs' official client, and the embedded voice, which knows when its words are heard. */
export function addEmbeddedElevenLabs(server: () => RunningServer): void {
  describe("ElevenLabs' client", () => {
    beforeAll(async () => {
      await fetch(`${server().url}/v1/audio/prewarm`, { method: 'POST' });
    }, 90_000);

    it('gets the times of characters as they are heard', async () => {
      const text = 'A river, very long. It cost $3.50, did it not?';
      const { audioBase64, alignment } = await elevenLabsClient(
        server().url,
      ).textToSpeech.convertWithTimestamps('default', { text, outputFormat: 'pcm_24000' });
      const seconds = Buffer.from(audioBase64, 'base64').length / 48_000;
      const {
        characters = [],
        characterStartTimesSeconds: starts = [],
        characterEndTimesSeconds: ends = [],
      } = { ...alignment };
      expect(characters.join('')).toBe(text);
      const times = starts.flatMap((start, index) => [start, ends[index] ?? -1]);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      expect(Math.abs((times.at(-1) ?? 0) - seconds)).toBeLessThan(0.1);
      const length = (word: string): number => {
        const at = text.indexOf(word);
        return (ends[at + word.length - 1] ?? 0) - (starts[at] ?? 0);
      };
      expect(length('3.50')).toBeGreaterThan(2 * length('very')); // "three dollars and fifty cents"
    });

    it('gets the default voice, and every other by its own name', async () => {
      const client = elevenLabsClient(server().url);
      const { voices } = await client.voices.getAll();
      const first = voices[0]?.voiceId ?? '';
      expect(await client.voices.get(first)).toMatchObject({ voiceId: first });
      const speech = await client.textToSpeech.convert(first, { text: 'Hello.', outputFormat: 'ulaw_8000' });
      const bytes = await new Response(speech).arrayBuffer();
      expect(bytes.byteLength).toBeGreaterThan(2000);
    });
  });
}
