import { RealtimeAgent, RealtimeSession, tool } from '@openai/agents-realtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { type FakeModel, startFakeModel } from '../fake-model.ts';
import { type FakeOrigin, startFakeOrigin } from '../fake-origin.ts';
import { type FakeTranscriber, startFakeTranscriber } from '../fake-transcriber.ts';
import { type RunningServer, startServer } from './server.ts';

const key = 'agents-secret';
const rate = 24_000;
/** As much of the answer as an impatient user may have heard: the agent tells the server how much that was. */
const heard = /^(?:It(?: is(?: sunny(?: in(?: Kyiv\.)?)?)?)?)?$/;

type Options = NonNullable<Parameters<typeof startFakeModel>[0]>;

/** OpenAI's agents over its Realtime protocol, with nothing changed but the address. */
describe('agents of @openai/agents-realtime', () => {
  const script: NonNullable<Options['script']> = {};
  let origin: FakeOrigin;
  let model: FakeModel;
  let transcriber: FakeTranscriber;
  let server: RunningServer;
  beforeAll(async () => {
    // The weather is asked of the function, and told once its output is there.
    const reply: Options['reply'] = (messages) => {
      const asks = String(messages.at(-1)?.content).includes('weather');
      if (asks) script.tool = 'get_weather:{"city":"Kyiv"}';
      else delete script.tool;
      if (asks) return '';
      return messages.at(-1)?.role === 'tool' ? 'It is sunny in Kyiv.' : 'I heard you well.';
    };
    origin = await startFakeOrigin();
    model = await startFakeModel({ script, reply });
    transcriber = await startFakeTranscriber();
    server = await startServer('node', {
      env: {
        FISH_BACKEND: origin.url,
        FISH_API_KEY: key,
        FISH_CACHE: 'off',
        FISH_TRANSCRIPTION_URL: transcriber.url,
        FISH_DATA_DIR: '/dev/null/nowhere',
        LLM_BASE_URL: model.url,
        LLM_API_KEY: 'of-the-model',
      },
    });
  }, 90_000);
  afterAll(async () => {
    await server?.stop();
    await Promise.all([origin?.close(), model?.close(), transcriber?.close()]);
  });

  it('call functions, speak, listen and keep the history', async () => {
    const cities: string[] = [];
    const getWeather = tool({
      name: 'get_weather',
      description: 'Tells the weather of a city.',
      parameters: z.object({ city: z.string() }),
      execute: async ({ city }) => {
        cities.push(city);
        return 'Sunny.';
      },
    });
    const agent = new RealtimeAgent({ name: 'Guide', instructions: 'Help.', tools: [getWeather] });
    const session = new RealtimeSession(agent, { transport: 'websocket', tracingDisabled: true });
    const errors: unknown[] = [];
    const spoken: number[] = [];
    const turns = { ended: 0 };
    session.on('error', (error) => errors.push(error));
    session.on('audio', ({ data }) => spoken.push(data.byteLength));
    session.on('audio_stopped', () => turns.ended++);
    await session.connect({
      apiKey: key,
      url: `${server.url.replace('http', 'ws')}/v1/realtime?model=gpt-realtime`,
    });

    session.sendMessage('How is the weather in Kyiv?');
    await expect.poll(() => turns.ended, { timeout: 30_000 }).toBe(1);
    expect(cities).toEqual(['Kyiv']);
    expect(spoken.reduce((sum, bytes) => sum + bytes, 0)).toBeGreaterThan(rate);

    const tone = Int16Array.from({ length: rate }, (_, at) => 12_000 * Math.sin(at / 9));
    for (const part of [new Int16Array(rate / 2), tone, new Int16Array(2 * rate)])
      session.sendAudio(part.buffer as ArrayBuffer);
    await expect.poll(() => turns.ended, { timeout: 30_000 }).toBe(2);

    const texts = (): unknown[] =>
      session.history.map((item) =>
        item.type === 'message'
          ? item.content.map((part) =>
              'transcript' in part ? part.transcript : 'text' in part ? part.text : '',
            )[0]
          : item.type,
      );
    await expect
      .poll(texts)
      .toEqual([
        'How is the weather in Kyiv?',
        'function_call',
        expect.stringMatching(heard),
        expect.stringMatching(/^heard \d+ bytes$/),
        'I heard you well.',
      ]);
    expect(errors).toEqual([]);
    session.close();
  }, 90_000);
});
