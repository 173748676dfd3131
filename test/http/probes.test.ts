import { expect, it } from 'vitest';
import { createSpeechServer } from './speech-server.ts';

it('a server that drains lives, is not ready, and takes nothing new', async () => {
  const server = createSpeechServer();
  const ask = async (path: string): Promise<[number, unknown]> => {
    const response = await server.get(path);
    return [response.status, await response.json()];
  };
  expect(await ask('/readyz')).toEqual([200, { status: 'ready' }]);
  server.drain();
  expect(await ask('/livez')).toEqual([200, { status: 'ok' }]);
  expect(await ask('/readyz')).toEqual([503, { status: 'not_ready', reason: 'draining' }]);
  expect(await ask('/v1/models')).toEqual([
    503,
    { error: expect.objectContaining({ code: 'shutting_down' }) },
  ]);
});
