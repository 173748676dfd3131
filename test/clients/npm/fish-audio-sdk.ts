import { strict as assert } from 'node:assert';
import {
  ASRRequest,
  HttpCodeError,
  Session,
  TTSRequest,
  type TTSRequestOptions,
  WebSocketSession,
} from 'fish-audio-sdk';
import { type Client, collect, errorOf } from '../check.ts';
import { isHeard, speechOf, useUp } from '../ground.ts';
import { assertFormat, assertPcm, input, sampleRateOf } from './audio.ts';
import { versionOf } from './version.ts';

/** A session that prints nothing, and whose connections are closed behind `use`. */
async function at<T>(url: string, use: (session: Session) => Promise<T>, key = 'any'): Promise<T> {
  const session = new Session(key, url);
  const { log } = console;
  console.log = () => {}; // it prints each request
  try {
    return await use(session);
  } finally {
    console.log = log;
    session.close();
  }
}

const speak = (url: string, options: Partial<TTSRequestOptions> = {}, key?: string): Promise<Uint8Array> =>
  at(url, (session) => collect(session.tts(new TTSRequest(input, options), { model: 's1' })), key);

async function statusOf(attempt: Promise<unknown>): Promise<number> {
  const error = await errorOf(attempt);
  assert.ok(error instanceof HttpCodeError, `${error}`);
  return error.status;
}

export const fishAudioSdk: Client = {
  client: 'fish-audio-sdk',
  version: versionOf('fish-audio-sdk'),
  checks: {
    'speech in four formats': async ({ open }) => {
      for (const format of ['mp3', 'opus', 'wav', 'pcm'] as const)
        assertFormat(await speak(open, { format }), format);
    },
    'pcm and wav at 44.1 kHz': async ({ open }) => {
      assertPcm(await speak(open, { format: 'pcm' }), 44_100);
      assert.equal(sampleRateOf(await speak(open, { format: 'wav' })), 44_100);
    },
    live: async ({ open }) => {
      const session = new WebSocketSession('any', open.replace('http', 'ws'));
      async function* texts(): AsyncGenerator<string> {
        yield input;
      }
      const request = new TTSRequest('', { format: 'pcm' });
      assert.ok((await collect(session.tts(request, texts()))).length > 0);
      await session.close();
    },
    'voices: list, one, and none': async ({ open }) => {
      const { items } = await at(open, (session) => session.listModels({ pageSize: 100 }));
      assert.ok(items.some(({ id }) => id === 'anna'));
      assert.equal((await at(open, (session) => session.getModel('anna'))).id, 'anna');
      assert.equal(await statusOf(at(open, (session) => session.getModel('nobody'))), 404);
    },
    'wallet: credit and package': async ({ open }) => {
      assert.ok(Number((await at(open, (session) => session.getApiCredit())).credit) > 0);
      assert.ok(await at(open, (session) => session.getPackage()));
    },
    transcription: async (ground) => {
      const audio = Buffer.from(await speechOf(ground));
      const heard = await at(ground.embedded, (session) => session.asr(new ASRRequest(audio, 'en', false)));
      assert.ok(isHeard(heard.text), heard.text);
    },
    'wrong key: 401': async ({ locked }) =>
      assert.equal(await statusOf(at(locked, (session) => session.listModels(), 'wrong')), 401),
    'unknown voice: 404': async ({ open }) =>
      assert.equal(await statusOf(speak(open, { referenceId: 'nobody' })), 404),
    'limit: 429': async (ground) => {
      const key = await useUp(ground, 'fish-audio-sdk');
      assert.equal(await statusOf(at(ground.locked, (session) => session.listModels(), key)), 429);
    },
  },
};
