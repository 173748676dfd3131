import { afterEach, beforeEach, expect, it } from 'vitest';
import { SpeechFailure } from '../../src/core/errors.ts';
import type { RateLimitOptions } from '../../src/http/middleware/rate-limit.ts';
import { createMemoryState } from '../../src/state/memory.ts';
import { realClock } from '../stream/fake-clock.ts';
import { createSpeechServer, tone } from './speech-server.ts';

/** A count that servers share: it answers a while after it was asked. */
function farRates(requests: number, characters = 0): RateLimitOptions {
  const { rates: near } = createMemoryState({ maxBytes: 1e6 }, realClock);
  const store: RateLimitOptions['store'] = {
    abilities: { ...near.abilities, shared: true },
    async take(...asked) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return near.take(...asked);
    },
    close: () => near.close(),
  };
  return { store, clock: realClock, requests, characters, sparesLoopback: false };
}

const asked = { input: 'Hello.', response_format: 'pcm' };
const strays: unknown[] = [];
const stray = (error: unknown): void => void strays.push(error);
beforeEach(() => void process.on('unhandledRejection', stray));
afterEach(() => {
  process.off('unhandledRejection', stray);
  expect(strays.splice(0)).toEqual([]);
});

it('who may ask is heard, and told of the limits', async () => {
  const server = createSpeechServer(undefined, {}, { rates: farRates(2, 100) });
  const response = await server.post('/v1/audio/speech', asked);
  expect([response.status, response.headers.get('x-ratelimit-remaining')]).toEqual([200, '1']);
  expect(response.headers.get('x-ratelimit-remaining-tokens')).toBe('94');
  expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(1000);
});

it.each([
  ['requests', farRates(1)],
  ['characters', farRates(100, 6)],
])('who asks for too many %s gets 429, and what was begun meanwhile is stopped', async (_, rates) => {
  let cancelled = 0;
  const body = (): ReadableStream<Uint8Array> => {
    const source = tone(60);
    const reader = source.getReader();
    return new ReadableStream({
      pull: async (controller) => controller.enqueue((await reader.read()).value ?? new Uint8Array()),
      cancel: () => void cancelled++,
    });
  };
  const server = createSpeechServer(() => ({ body: body() }), {}, { rates });
  const first = await server.post('/v1/audio/speech', asked);
  expect(first.status).toBe(200);
  await first.body?.cancel();
  const before = cancelled;
  const refused = await server.post('/v1/audio/speech', asked);
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
  await expect.poll(() => cancelled).toBe(before + 1);
});

it('a failure that comes before the limits are known is answered once they are, and never strays', async () => {
  const fails = (): never => {
    throw new SpeechFailure({ code: 'overloaded', retryAfterSeconds: 3 });
  };
  const server = createSpeechServer(fails, {}, { rates: farRates(1) });
  const answers = [];
  for (let round = 0; round < 2; round++) answers.push(await server.post('/v1/audio/speech', asked));
  expect(answers.map(({ status }) => status)).toEqual([503, 429]);
});

it('who asks too often is told so first, whatever else is wrong', async () => {
  const server = createSpeechServer(undefined, {}, { rates: farRates(1) });
  const answers = [];
  for (let round = 0; round < 2; round++) answers.push(await server.post('/v1/audio/speech', '{'));
  expect(answers.map(({ status }) => status)).toEqual([400, 429]);
});
