import { strict as assert } from 'node:assert';
import { createOpenAI } from '@ai-sdk/openai';
import { APICallError, generateSpeech, transcribe } from 'ai';
import { type Client, errorOf } from '../check.ts';
import { type Ground, isHeard, makeBusy, speechOf, useUp } from '../ground.ts';
import { assertFormat, type Format, input } from './audio.ts';
import { versionOf } from './version.ts';

async function speak(url: string, more: object = {}, apiKey = 'any', maxRetries = 0): Promise<Uint8Array> {
  const model = createOpenAI({ baseURL: `${url}/v1`, apiKey }).speech('gpt-4o-mini-tts');
  const { audio } = await generateSpeech({ model, voice: 'alloy', text: input, maxRetries, ...more });
  return audio.uint8Array;
}

async function statusOf(attempt: Promise<unknown>): Promise<number | undefined> {
  const error = await errorOf(attempt);
  assert.ok(APICallError.isInstance(error), `${error}`);
  return error.statusCode;
}

const hear = async (ground: Ground): ReturnType<typeof transcribe> =>
  transcribe({
    model: createOpenAI({ baseURL: `${ground.embedded}/v1`, apiKey: 'any' }).transcription('whisper-1'),
    audio: await speechOf(ground),
    maxRetries: 0,
  });

export const aiSdk: Client = {
  client: 'ai-sdk',
  version: `ai ${versionOf('ai')}, @ai-sdk/openai ${versionOf('@ai-sdk/openai')}`,
  checks: {
    'speech in six formats': async ({ open }) => {
      for (const outputFormat of ['mp3', 'opus', 'aac', 'flac', 'wav', 'pcm'] satisfies Format[])
        assertFormat(await speak(open, { outputFormat }), outputFormat);
    },
    'speed and instructions': async ({ open }) =>
      assertFormat(await speak(open, { speed: 1.5, instructions: 'Be calm.' }), 'mp3'),
    'slash behind the base address': async ({ open }) => assertFormat(await speak(`${open}/`), 'mp3'),
    'signs only': async ({ open }) => assert.ok((await speak(open, { text: '...' })).length > 0),
    'wrong key: APICallError 401': async ({ locked }) =>
      assert.equal(await statusOf(speak(locked, {}, 'wrong')), 401),
    'unknown voice: APICallError 404': async ({ open }) =>
      assert.equal(await statusOf(speak(open, { voice: 'nobody' })), 404),
    'limit: APICallError 429': async (ground) => {
      const key = await useUp(ground, 'ai-sdk');
      assert.equal(await statusOf(speak(ground.locked, {}, key)), 429);
    },
    'retries once Retry-After-Ms is over': async (ground) => {
      await makeBusy(ground);
      assertFormat(await speak(ground.busy, {}, 'any', 1), 'mp3');
    },
    'transcription with segments': async (ground) => {
      const heard = await hear(ground);
      assert.ok(isHeard(heard.text), heard.text);
      assert.ok(heard.segments.length > 0);
      assert.ok((heard.durationInSeconds ?? 0) > 3);
    },
  },
};
