import { strict as assert } from 'node:assert';
import { FishAudioClient, FishAudioError, RealtimeEvents } from 'fish-audio';
import { type Client, errorOf } from '../check.ts';
import { isHeard, makeBusy, speechOf, useUp } from '../ground.ts';
import { assertFormat, assertPcm, input, sampleRateOf } from './audio.ts';
import { versionOf } from './version.ts';

const once = { maxRetries: 0 };
const at = (baseUrl: string, apiKey = 'any'): FishAudioClient => new FishAudioClient({ baseUrl, apiKey });

async function speak(client: FishAudioClient, more: object = {}, options = once): Promise<Uint8Array> {
  const body = await client.textToSpeech.convert({ text: input, ...more }, 's1', options);
  return new Uint8Array(await new Response(body).arrayBuffer());
}

async function statusOf(attempt: Promise<unknown>): Promise<number | undefined> {
  const error = await errorOf(attempt);
  assert.ok(error instanceof FishAudioError, `${error}`);
  return error.statusCode;
}

async function speakLive(client: FishAudioClient, format: 'wav' | 'pcm'): Promise<Uint8Array> {
  async function* texts(): AsyncGenerator<string> {
    for (const word of ['One ', 'two ', 'three.']) yield word;
  }
  const session = await client.textToSpeech.convertRealtime({ text: '', format }, texts());
  const chunks: Uint8Array[] = [];
  await new Promise((resolve, reject) => {
    session.on(RealtimeEvents.AUDIO_CHUNK, (audio) => chunks.push(audio as Uint8Array));
    session.on(RealtimeEvents.ERROR, reject);
    session.on(RealtimeEvents.CLOSE, resolve);
  });
  return new Uint8Array(Buffer.concat(chunks));
}

export const fishAudio: Client = {
  client: 'fish-audio',
  version: versionOf('fish-audio'),
  checks: {
    'speech in four formats': async ({ open }) => {
      for (const format of ['mp3', 'opus', 'wav', 'pcm'] as const)
        assertFormat(await speak(at(open), { format }), format);
    },
    'mp3 where no format is named': async ({ open }) => assertFormat(await speak(at(open)), 'mp3'),
    'pcm and wav at 44.1 kHz': async ({ open }) => {
      assertPcm(await speak(at(open), { format: 'pcm' }), 44_100);
      assert.equal(sampleRateOf(await speak(at(open), { format: 'wav' })), 44_100);
    },
    'another sample rate': async ({ open }) =>
      assertPcm(await speak(at(open), { format: 'pcm', sample_rate: 16_000 }), 16_000),
    'live, at 44.1 kHz': async ({ open }) => {
      assertPcm(await speakLive(at(open), 'pcm'), 44_100);
      assert.equal(sampleRateOf(await speakLive(at(open), 'wav')), 44_100);
    },
    'slash behind the base address': async ({ open }) => {
      assertFormat(await speak(at(`${open}/`), { format: 'wav' }), 'wav');
      assertPcm(await speakLive(at(`${open}/`), 'pcm'), 44_100);
    },
    'signs only': async ({ open }) =>
      assert.ok((await speak(at(open), { text: '...', format: 'pcm' })).length > 0),
    'voices: list, one, and none': async ({ open }) => {
      const { items } = await at(open).voices.search({ page_size: 100 });
      assert.ok(items.some(({ _id }) => _id === 'anna'));
      assert.equal((await at(open).voices.get('anna'))._id, 'anna');
      assert.equal(await statusOf(at(open).voices.get('nobody', once)), 404);
    },
    'wallet: credit and package': async ({ open }) => {
      assert.ok(Number((await at(open).user.get_api_credit()).credit) > 0);
      assert.ok((await at(open).user.get_package()).user_id);
    },
    'transcription with segments': async (ground) => {
      const audio = new File([await speechOf(ground)], 'speech.wav');
      const heard = await at(ground.embedded).speechToText.convert({ audio, ignore_timestamps: false });
      assert.ok(isHeard(heard.text), heard.text);
      assert.ok(heard.duration > 3 && (heard.segments.at(-1)?.end ?? 0) <= heard.duration);
    },
    'wrong key: 401': async ({ locked }) => assert.equal(await statusOf(speak(at(locked, 'wrong'))), 401),
    'unknown voice: 404': async ({ open }) =>
      assert.equal(await statusOf(speak(at(open), { reference_id: 'nobody' })), 404),
    'bad value: 400': async ({ open }) => assert.equal(await statusOf(speak(at(open), { top_p: 7 })), 400),
    'limit: 429': async (ground) => {
      const key = await useUp(ground, 'fish-audio');
      assert.equal(await statusOf(speak(at(ground.locked, key))), 429);
    },
    'retries once Retry-After is over': async (ground) => {
      await makeBusy(ground);
      assertFormat(await speak(at(ground.busy), {}, { maxRetries: 1 }), 'mp3');
    },
  },
};
