import { describe, expect, it } from 'vitest';
import { createSpeechServer, tone } from './speech-server.ts';

const path = '/v1/audio/speech';

describe('a speech tells how it was made', () => {
  it('when nothing kept it and nobody queued', async () => {
    const { headers } = await createSpeechServer().post(path, { input: 'Hi.' });
    expect(headers.get('x-cache')).toBe('bypass');
    expect(headers.get('age')).toBeNull();
    expect(headers.get('server-timing')).toBe('first-audio;dur=0.0');
  });

  it('with its wait and the cache', async () => {
    const cache = { state: 'hit', ageMs: 61_900 } as const;
    const server = createSpeechServer(() => ({ body: tone(0.1), queueMs: 12.34, cache }));
    for (const stream_format of ['audio', 'sse']) {
      const { headers } = await server.post(path, { input: 'Hi.', stream_format });
      expect(headers.get('x-cache')).toBe('hit');
      expect(headers.get('age')).toBe('61');
      expect(headers.get('server-timing')).toBe('queue;dur=12.3, first-audio;dur=0.0');
    }
  });
});

describe('captions', () => {
  it('go when their time is over', async () => {
    const server = createSpeechServer();
    const response = await server.post(path, { input: 'Hello there.' });
    await response.arrayBuffer();
    const file = `/v1/audio/speech/${response.headers.get('x-speech-id')}.srt`;
    expect(await (await server.get(file)).text()).toContain('Hello there.');
    server.clock.advance(60_001);
    expect((await server.get(file)).status).toBe(404);
  });

  it('carry the id of the request when the client chose none', async () => {
    const { headers } = await createSpeechServer().post(path, { input: 'Hi.' });
    expect(headers.get('x-speech-id')).toBe(headers.get('x-request-id'));
  });
});
