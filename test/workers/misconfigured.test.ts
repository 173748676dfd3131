import { afterEach, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../conformance/server.ts';
import { post } from '../conformance/suites/context.ts';

let server: RunningServer | undefined;
afterEach(() => server?.stop());

describe('a Worker that is set up wrongly', () => {
  it.each([
    ['without an origin', {}, 'FISH_BACKEND'],
    ['with a wrong value', { FISH_BACKEND: 'http://127.0.0.1:1', FISH_MAX_BODY: 'much' }, 'FISH_MAX_BODY'],
    ['with a binding where text belongs', { FISH_BACKEND: 'json:{}' }, 'FISH_BACKEND'],
    [
      'with a voice that it cannot hold',
      { FISH_BACKEND: 'http://127.0.0.1:1', FISH_ENGINE: 'onnx' },
      'cannot hold',
    ],
  ])('%s says what to set in one line, and answers 503', async (_, env, word) => {
    server = await startServer('workers', { env });
    for (let again = 0; again < 2; again++) {
      const response = await post(`${server.url}/v1/audio/speech`, { input: 'Hi.' });
      expect(response.status).toBe(503);
      expect(await response.json()).toMatchObject({
        error: { message: 'The server is not set up correctly.' },
      });
    }
    const problems = server.logs.filter((line) => line.message === 'wrong setting');
    expect(problems).toHaveLength(1);
    expect(problems[0]?.problem).toContain(word);
  });
});
