import { expect, test } from 'vitest';
import { localPorts } from '../../../src/adapters/local/local.ts';
import { createApp } from '../../../src/app.ts';
import { loadConfig } from '../../../src/config/config.ts';
import type { InferenceWorker } from '../../../src/core/ports.ts';

const crowd = 200;
const maxPending = 20;

/** Workers that never answer, and what they were asked for. */
function silentWorkers(onAsked: () => void): () => InferenceWorker {
  return () => ({ post: onAsked, onMessage() {}, onFailure() {}, terminate: async () => {} });
}

test('of two hundred at once all refusals are known before any worker is asked to speak', async () => {
  let answered = 0;
  const { promise: answeredWhenAsked, resolve: askedFirst } = Promise.withResolvers<number>();
  const config = loadConfig({
    flags: {},
    env: { FISH_ENGINE: 'onnx', FISH_MAX_PENDING: String(maxPending), FISH_LOG_LEVEL: 'error' },
  });
  const ports = {
    ...localPorts({ dataDir: '/nowhere', keysFile: '/nowhere/keys.json', fetch }),
    packs: async () => [{ id: 'en_US-joe-medium', revision: '0', files: {} }],
    spawnInference: silentWorkers(() => askedFirst(answered)),
  };
  const app = createApp(config, ports);
  const leaving = new AbortController();
  const ask = async (client: number): Promise<Response> => {
    const body = JSON.stringify({ text: `Here is number ${client}. Who is next?`, streaming: true });
    const headers = { 'content-type': 'application/json', 'content-length': String(body.length) };
    const response = await app.fetch(
      new Request('http://localhost/v1/tts', { method: 'POST', headers, body, signal: leaving.signal }),
    );
    answered += 1;
    return response;
  };
  const asking = Array.from({ length: crowd }, (_, client) => ask(client));
  const refused = await answeredWhenAsked;
  const mostWithin = maxPending + config['queue.workers'];
  expect(refused).toBeGreaterThanOrEqual(crowd - mostWithin);
  leaving.abort();
  const statuses = await Promise.all(asking.map(async (each) => (await each).status));
  expect(statuses.filter((status) => status === 503).length).toBe(refused);
  await app.close();
});
