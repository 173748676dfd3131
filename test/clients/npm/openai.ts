import { strict as assert } from 'node:assert';
import OpenAI, {
  AuthenticationError,
  AzureOpenAI,
  BadRequestError,
  NotFoundError,
  RateLimitError,
  toFile,
} from 'openai';
import { VERSION } from 'openai/version';
import { type Client, errorOf } from '../check.ts';
import { type Ground, isHeard, makeBusy, speechOf, useUp } from '../ground.ts';
import { assertFormat, assertPcm, type Format, input } from './audio.ts';

const model = 'gpt-4o-mini-tts';
const voice = 'alloy';
const formats: readonly Format[] = ['mp3', 'opus', 'aac', 'flac', 'wav', 'pcm'];

const at = (url: string, apiKey = 'any', maxRetries = 0): OpenAI =>
  new OpenAI({ baseURL: `${url}/v1`, apiKey, maxRetries });

async function speak(client: OpenAI, more: object = {}): Promise<Uint8Array> {
  const response = await client.audio.speech.create({ model, voice, input, ...more });
  return new Uint8Array(await response.arrayBuffer());
}

const hear = async (ground: Ground, more: object): Promise<OpenAI.Audio.TranscriptionVerbose> =>
  at(ground.embedded).audio.transcriptions.create({
    file: await toFile(await speechOf(ground), 'speech.wav'),
    model: 'whisper-1',
    response_format: 'verbose_json',
    ...more,
  });

export const openaiNode: Client = {
  client: 'openai-node',
  version: VERSION,
  checks: {
    'speech in six formats': async ({ open }) => {
      for (const response_format of formats)
        assertFormat(await speak(at(open), { response_format }), response_format);
    },
    'pcm at 24 kHz': async ({ open }) => assertPcm(await speak(at(open), { response_format: 'pcm' }), 24_000),
    'speech in events': async ({ open }) => {
      const asked = { model, voice, input, stream_format: 'sse' } as const;
      const text = await (await at(open).audio.speech.create(asked)).text();
      const types = [...text.matchAll(/"type":"([\w.]+)"/g)].map(([, type]) => type);
      assert.equal(types[0], 'speech.audio.delta');
      assert.equal(types.at(-1), 'speech.audio.done');
    },
    'models and one model': async ({ open }) => {
      const ids: string[] = [];
      for await (const { id } of at(open).models.list()) ids.push(id);
      assert.ok(ids.includes('tts-1'), `${ids}`);
      assert.equal((await at(open).models.retrieve('fish-audio/s1')).id, 'fish-audio/s1');
    },
    'wrong key: AuthenticationError': async ({ locked }) =>
      assert.ok((await errorOf(speak(at(locked, 'wrong')))) instanceof AuthenticationError),
    'unknown voice or model: NotFoundError': async ({ open }) => {
      assert.ok((await errorOf(speak(at(open), { voice: 'nobody' }))) instanceof NotFoundError);
      assert.ok((await errorOf(at(open).models.retrieve('nothing'))) instanceof NotFoundError);
    },
    'bad value: BadRequestError with param': async ({ open }) => {
      const error = await errorOf(speak(at(open), { speed: 9 }));
      assert.ok(error instanceof BadRequestError);
      assert.equal(error.param, 'speed');
    },
    'unknown path: NotFoundError': async ({ open }) =>
      assert.ok((await errorOf(at(open).embeddings.create({ model, input }))) instanceof NotFoundError),
    'limit: RateLimitError': async (ground) => {
      const key = await useUp(ground, 'openai-node');
      const error = await errorOf(speak(at(ground.locked, key)));
      assert.ok(error instanceof RateLimitError);
      assert.ok(Number(error.headers.get('retry-after-ms')) <= 60_000);
    },
    'retries once Retry-After-Ms is over': async (ground) => {
      await makeBusy(ground);
      assertFormat(await speak(at(ground.busy, 'any', 1)), 'mp3');
    },
    'speed as a string': async ({ open }) => assertFormat(await speak(at(open), { speed: '1.5' }), 'mp3'),
    'signs only': async ({ open }) => {
      for (const signs of ['...', '&', '🎉']) assert.ok((await speak(at(open), { input: signs })).length > 0);
    },
    'slash behind the base address': async ({ open }) =>
      assertFormat(await speak(new OpenAI({ baseURL: `${open}/v1/`, apiKey: 'any', maxRetries: 0 })), 'mp3'),
    'transcription of words alone, with usage': async (ground) => {
      const heard = await hear(ground, { timestamp_granularities: ['word'] });
      assert.ok(isHeard(heard.text), heard.text);
      assert.ok((heard.words?.length ?? 0) > 8);
      assert.equal(heard.segments, undefined);
      assert.equal(heard.usage?.type, 'duration');
    },
    'transcription of segments': async (ground) => {
      const heard = await hear(ground, { timestamp_granularities: ['segment'] });
      assert.ok((heard.segments?.length ?? 0) > 0);
      assert.equal(heard.words, undefined);
    },
    'streamed transcription with usage': async (ground) => {
      const file = await toFile(await speechOf(ground), 'speech.wav');
      const asked = { file, model: 'gpt-4o-mini-transcribe', stream: true } as const;
      let last: OpenAI.Audio.TranscriptionStreamEvent | undefined;
      for await (const event of await at(ground.embedded).audio.transcriptions.create(asked)) last = event;
      assert.ok(last?.type === 'transcript.text.done' && isHeard(last.text), last?.type);
      assert.ok(last.usage);
    },
  },
};

const azure = (endpoint: string, apiKey: string): AzureOpenAI =>
  new AzureOpenAI({ endpoint, apiKey, apiVersion: '2025-04-01-preview', maxRetries: 0 });

export const azureNode: Client = {
  client: 'AzureOpenAI (openai-node)',
  version: VERSION,
  checks: {
    "speech on a deployment's path": async ({ locked, key }) =>
      assertFormat(await speak(azure(locked, key), { model: 'my deployment' }), 'mp3'),
    "transcription on a deployment's path": async (ground) => {
      const file = await toFile(await speechOf(ground), 'speech.wav');
      const heard = await azure(ground.embedded, 'any').audio.transcriptions.create({
        file,
        model: 'whisper',
      });
      assert.ok(isHeard(heard.text), heard.text);
    },
    'wrong key: AuthenticationError': async ({ locked }) =>
      assert.ok((await errorOf(speak(azure(locked, 'wrong')))) instanceof AuthenticationError),
    'the newer paths below /openai/v1': async ({ locked, key }) =>
      assertFormat(await speak(at(`${locked}/openai`, key)), 'mp3'),
  },
};
