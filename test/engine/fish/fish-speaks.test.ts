import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { tone } from '../../fake-origin/tone.ts';
import { createFakeClock } from '../../stream/fake-clock.ts';
import { settle } from '../../stream/sources.ts';
import { engineFor } from '../upstream/pool-support.ts';
import { anOrigin, bytesOf, nobodyLeaves, say } from './fish-client.ts';

const twoWords = tone(0.6);

test('a stream without a header is 44.1 kHz mono, byte for byte', async () => {
  const origin = await anOrigin();
  const speech = await engineFor(origin).open(say('Hello there'), nobodyLeaves());
  expect(speech).toMatchObject({ rate: 44_100, channels: 1, engine: 'fish' });
  expect(speech.length).toBeUndefined();
  expect((await bytesOf(speech)).equals(twoWords)).toBe(true);
  expect(origin.spoken[0]?.body).toMatchObject({ streaming: true, format: 'wav' });
});

test('a whole answer loses its header and says its length', async () => {
  const origin = await anOrigin();
  const speech = await engineFor(origin).open(say('Hello there', { whole: true }), nobodyLeaves());
  expect(speech.length).toBe(twoWords.length);
  expect((await bytesOf(speech)).equals(twoWords)).toBe(true);
  expect(origin.spoken[0]?.body).toMatchObject({ streaming: false });
});

test.each(['exact', 'unknown', 'zero', 'listed'])(
  'a header of the kind "%s" never becomes sound',
  async (kind) => {
    const origin = await anOrigin();
    const speech = await engineFor(origin).open(say(`[[header=${kind}]] Hello there`), nobodyLeaves());
    expect((await bytesOf(speech)).equals(twoWords)).toBe(true);
  },
);

test('pieces that split samples come out as whole samples', async () => {
  const origin = await anOrigin();
  const text = '[[chunkBytes=1001]] [[chunkMs=1]] Hello there';
  const speech = await engineFor(origin).open(say(text), nobodyLeaves());
  const parts: Uint8Array[] = [];
  for await (const part of speech.body) parts.push(part);
  expect(parts.length).toBeGreaterThan(1);
  expect(parts.every((part) => part.length > 0 && part.length % 2 === 0)).toBe(true);
  expect(Buffer.concat(parts).equals(twoWords)).toBe(true);
});

test('what a request asks for reaches the origin', async () => {
  const origin = await anOrigin({ key: 'secret', references: ['anna'] });
  const request = say('Hi \ud800', {
    voice: 'anna',
    seed: 7,
    references: [{ audio: Uint8Array.of(1, 2, 3), text: 'one two' }],
    sampling: {
      chunkLength: 150,
      maxNewTokens: 99,
      topP: 0.5,
      repetitionPenalty: 2, // upstream's engine fails at exactly 2
      temperature: 0.6,
      normalize: false,
      memoryCache: 'on',
    },
  });
  await bytesOf(await engineFor(origin, { key: 'secret' }).open(request, nobodyLeaves()));
  const [seen] = origin.spoken;
  expect(seen?.headers).toMatchObject({
    authorization: 'Bearer secret',
    'content-type': 'application/msgpack',
  });
  expect(seen?.body).toEqual({
    text: 'Hi \ufffd',
    chunk_length: 150,
    format: 'wav',
    references: [{ audio: Buffer.from([1, 2, 3]), text: 'one two' }],
    reference_id: 'anna',
    seed: 7,
    normalize: false, // and no use_memory_cache while it is not known which values the origin takes

    streaming: true,
    max_new_tokens: 99,
    top_p: 0.5,
    repetition_penalty: 1.999,
    temperature: 0.6,
  });
});

test('without a key there is no authorization header, and what is at its default is left out', async () => {
  const origin = await anOrigin();
  await bytesOf(await engineFor(origin).open(say('Hi'), nobodyLeaves()));
  expect(origin.spoken[0]?.headers).not.toHaveProperty('authorization');
  expect(origin.spoken[0]?.body).toEqual({ text: 'Hi', format: 'wav', streaming: true });
});

test('a base address may end with a slash', async () => {
  const origin = await anOrigin();
  await bytesOf(await engineFor(origin, { url: `${origin.url}/` }).open(say('Hi'), nobodyLeaves()));
  expect(origin.spoken).toHaveLength(1);
});

test('answers that are read to their end share connections, with chunks after the audio too', async () => {
  const origin = await anOrigin({ secondsPerWord: 0.01 });
  const engine = engineFor(origin);
  for (let i = 0; i < 20; i++) {
    const text = i % 2 === 0 ? '[[header=listed]] [[chunkBytes=472]] [[chunkMs=5]] Hello' : 'Hello';
    await bytesOf(await engine.open(say(text, { whole: i % 3 === 0 }), nobodyLeaves()));
    await origin.until(() => origin.spoken[i]?.sentAt !== undefined); // what comes after the audio
    await settle();
  }
  expect(origin.connections).toBeLessThan(4); // undici takes a moment to see that one is free again, and opens another
});

test('a thousand requests leave no listener, alarm or socket behind', { timeout: 60_000 }, async () => {
  const origin = await anOrigin({ secondsPerWord: 0.001 });
  const clock = createFakeClock();
  const engine = engineFor(origin, {}, clock);
  const { signal } = new AbortController();
  for (let i = 0; i < 1000; i++) {
    await bytesOf(await engine.open(say('Hi', { whole: i % 2 === 0 }), signal));
  }
  expect(origin.spoken).toHaveLength(1000);
  expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  await expect.poll(() => clock.pending).toBe(0);
  expect(origin.openSockets).toBeLessThan(10);
});
