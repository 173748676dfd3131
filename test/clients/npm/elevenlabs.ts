import { strict as assert } from 'node:assert';
import { elevenLabsClient as clientOf, type ElevenLabsError } from '../../elevenlabs-sdk.ts';
import { type Client, collect, errorOf } from '../check.ts';
import { assertFormat, assertPcm, input } from './audio.ts';
import { versionOf } from './version.ts';

const voice = 'anna';

async function speak(url: string, outputFormat: string, apiKey?: string): Promise<Uint8Array> {
  return collect(await clientOf(url, apiKey).textToSpeech.convert(voice, { text: input, outputFormat }));
}

async function statusOf(attempt: Promise<unknown>): Promise<number | undefined> {
  return ((await errorOf(attempt)) as ElevenLabsError).statusCode;
}

export const elevenLabs: Client = {
  client: 'elevenlabs-js',
  version: versionOf('@elevenlabs/elevenlabs-js'),
  checks: {
    'speech in mp3, opus, wav and pcm': async ({ open }) => {
      assertFormat(await speak(open, 'mp3_44100_128'), 'mp3');
      assertFormat(await speak(open, 'opus_48000_64'), 'opus');
      assertFormat(await speak(open, 'wav_24000'), 'wav');
      assertPcm(await speak(open, 'pcm_16000'), 16_000);
    },
    'telephones: ulaw and alaw': async ({ open }) => {
      for (const format of ['ulaw_8000', 'alaw_8000'])
        assert.ok(Math.abs((await speak(open, format)).length / 8000 - 0.9) < 0.2);
    },
    'times of characters': async ({ open }) => {
      const speech = await clientOf(open).textToSpeech.convertWithTimestamps(voice, { text: input });
      assert.equal(speech.alignment?.characters.join(''), input);
    },
    'voices and models': async ({ open }) => {
      const { voices } = await clientOf(open).voices.getAll();
      assert.ok(voices.some(({ voiceId }) => voiceId === voice));
      assert.ok((await clientOf(open).models.list()).length > 0);
    },
    'wrong key: ElevenLabsError 401': async ({ locked }) =>
      assert.equal(await statusOf(speak(locked, 'pcm_16000', 'wrong')), 401),
    'unknown voice: ElevenLabsError 404': async ({ open }) =>
      assert.equal(
        await statusOf(Promise.resolve(clientOf(open).textToSpeech.convert('nobody', { text: input }))),
        404,
      ),
  },
};
