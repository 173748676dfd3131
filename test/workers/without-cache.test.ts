import { expect, it } from 'vitest';
import { startServer } from '../conformance/server.ts';
import { startFakeOrigin } from '../fake-origin.ts';

it('a workerd of one’s own without a cache keeps captions in memory', async () => {
  const origin = await startFakeOrigin();
  const server = await startServer('workers', { env: { FISH_BACKEND: origin.url, FISH_STATE: 'auto' } });
  try {
    const spoken = await fetch(`${server.url}/v1/audio/speech`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ input: 'Hello there.', response_format: 'pcm' }),
    });
    await spoken.arrayBuffer();
    const path = `/v1/audio/speech/${spoken.headers.get('x-speech-id')}.srt`;
    const captions = async (): Promise<string> => (await fetch(server.url + path)).text();
    await expect.poll(captions, { timeout: 15_000 }).toContain('Hello there.');
  } finally {
    await server.stop();
    await origin.close();
  }
});
