import { describe, expect, it } from 'vitest';
import { createSpeechServer } from './speech-server.ts';

const path = '/v1/audio/speech';

/** The first request that reaches the engine for `body`. */
async function spoken(body: object): Promise<{ voice?: string | undefined; model?: string | undefined }> {
  const server = createSpeechServer();
  const response = await server.post(path, { input: 'Hi.', ...body });
  expect(response.status).toBe(200);
  const [request] = server.opened;
  return { voice: request?.voice, model: request?.model };
}

describe('the model of a speech body', () => {
  it.each([
    'tts-1',
    'tts-1-hd',
    'gpt-4o-mini-tts',
    'kokoro',
    'fish-speech',
    'openaudio-s1-mini',
    'openai/tts-1',
    'whatever',
  ])('%s is taken, and changes nothing', async (model) => {
    expect(await spoken({ model })).toEqual({ voice: undefined, model: undefined });
  });

  it.each([
    ['s1', 's1'],
    ['fish-audio/s2-pro', 's2-pro'],
  ])("%s is the cloud's %s", async (model, cloud) => {
    expect(await spoken({ model })).toEqual({ voice: undefined, model: cloud });
  });

  it.each(['bert', 'Bert'])('%s is a voice when no voice is named', async (model) => {
    expect(await spoken({ model })).toEqual({ voice: model, model: undefined });
    expect(await spoken({ model, voice: 'anna' })).toEqual({ voice: 'anna', model: undefined });
  });
});
