import { describe, expect, it } from 'vitest';
import { ascii, bytesOf, type Context, post } from './context.ts';

type Header = Record<string, string>;

/** Requests of real applications as their sources send them (docs/dialects.md), each with the format that it counts on. */
const requests: readonly [client: string, path: string, body: object, headers: Header, type: string][] = [
  [
    'Open WebUI',
    '/v1/audio/speech',
    { input: 'Hello.', voice: 'alloy', model: 'tts-1' },
    { authorization: 'Bearer sk-none', 'x-openwebui-user-name': 'Ada', 'x-openwebui-user-role': 'admin' },
    'audio/mpeg',
  ],
  [
    'LibreChat',
    '/v1/audio/speech',
    { input: 'Hello.', model: 'tts-1', voice: 'alloy', backend: 'piper' },
    {},
    'audio/mpeg',
  ],
  [
    'LibreChat, LocalAI',
    '/v1/audio/speech',
    { input: 'Hello.', model: 'anna', backend: 'piper' },
    {},
    'audio/mpeg',
  ],
  [
    'LibreChat, Azure',
    '/v1/audio/speech?api-version=2024-05-01-preview',
    { input: 'Hello.', model: 'tts-hd', voice: 'nova' },
    { 'api-key': 'none' },
    'audio/mpeg',
  ],
  [
    'SillyTavern',
    '/v1/audio/speech',
    { input: 'Hello.', response_format: 'mp3', voice: 'shimmer', speed: 1, model: 'tts-1' },
    { authorization: 'Bearer ' },
    'audio/mpeg',
  ],
  [
    'AnythingLLM, Kokoro',
    '/v1/audio/speech',
    { model: 'kokoro', voice: 'onyx', input: 'Hello.' },
    {},
    'audio/mpeg',
  ],
  [
    'Home Assistant, Wyoming',
    '/v1/audio/speech',
    {
      model: 'tts-1',
      voice: 'echo',
      input: 'Hello.',
      response_format: 'wav',
      speed: 1.25,
      instructions: 'calm',
    },
    {},
    'audio/wav',
  ],
  [
    'Home Assistant, openai_tts',
    '/v1/audio/speech',
    {
      model: 'x',
      input: 'Hello.',
      voice: 'sage',
      response_format: 'mp3',
      speed: 1,
      chime: true,
      extra: { a: 1 },
    },
    { 'user-agent': 'HomeAssistant-OpenAI-TTS' },
    'audio/mpeg',
  ],
  [
    'livekit',
    '/v1/audio/speech',
    {
      input: 'Hello.',
      model: 'gpt-4o-mini-tts',
      voice: 'ash',
      response_format: 'mp3',
      speed: 1,
      stream_format: 'sse',
    },
    {},
    'text/event-stream',
  ],
  [
    'pipecat',
    '/v1/audio/speech',
    { input: 'Hello.', model: 'gpt-4o-mini-tts', voice: 'alloy', response_format: 'pcm' },
    {},
    'audio/pcm',
  ],
  [
    'LiteLLM health check',
    '/v1/audio/speech',
    { model: 'openai/tts-1', input: 'test from litellm', voice: { id: 'alloy' } },
    {},
    'audio/mpeg',
  ],
];

export function addClients({ server, origin }: Context): void {
  describe('what applications send', () => {
    it.each(requests)('%s is served', async (_, path, body, headers, type) => {
      const response = await post(`${server().url}${path}`, body, { headers });
      expect([response.status, response.headers.get('content-type')]).toEqual([200, type]);
      expect((await bytesOf(response)).length).toBeGreaterThan(1000);
    });

    it('sends the voice as the model: LocalAI', async () => {
      await bytesOf(await post(`${server().url}/v1/audio/speech`, { input: 'Hi.', model: 'anna' }));
      expect(origin().spoken.at(-1)?.body).toMatchObject({ reference_id: 'anna' });
    });

    it('joins mp3 answers end to end: no tags between them', async () => {
      const piece = await bytesOf(await post(`${server().url}/v1/audio/speech`, { input: 'One.' }));
      expect(ascii(piece, 0, 3)).not.toBe('ID3');
      expect(Buffer.from(piece).includes('Xing')).toBe(false);
      expect(Buffer.from(piece).includes('Info')).toBe(false);
    });
  });
}
