import { expect, test } from 'vitest';
import { ClientGone } from '../../../src/stream/cancel.ts';
import { createFakeClock } from '../../stream/fake-clock.ts';
import { engineFor, held } from '../upstream/pool-support.ts';
import { anOrigin, bytesOf, nobodyLeaves, say } from './fish-client.ts';

test('a client that leaves before the first byte frees the socket of the origin', async () => {
  const origin = await anOrigin();
  const clock = createFakeClock();
  const client = new AbortController();
  const opening = engineFor(origin, {}, clock).open(say('[[silent]] Hello'), client.signal);
  opening.catch(() => {});
  await origin.until(() => origin.spoken.length === 1);
  client.abort('left');
  await expect(opening).rejects.toBeInstanceOf(ClientGone);
  await origin.until(() => origin.spoken[0]?.leftAt !== undefined && origin.openSockets === 0);
  await expect.poll(() => clock.pending).toBe(0);
});

test('a client that leaves between the headers and the first audio frees it too', async () => {
  const origin = await anOrigin();
  const client = new AbortController();
  const opening = engineFor(origin).open(say(`${held} Hello`), client.signal);
  opening.catch(() => {});
  await origin.until(() => origin.queued === 1);
  client.abort();
  await expect(opening).rejects.toBeInstanceOf(ClientGone);
  await origin.until(() => origin.spoken[0]?.leftAt !== undefined);
  expect(origin.queued).toBe(1); // upstream speaks on for nobody
});

test('a client that had left before costs the origin nothing', async () => {
  const origin = await anOrigin();
  const opening = engineFor(origin).open(say('Hello'), AbortSignal.abort());
  await expect(opening).rejects.toBeInstanceOf(ClientGone);
  const after = await engineFor(origin).open(say('Next'), nobodyLeaves());
  await bytesOf(after);
  expect(origin.spoken).toHaveLength(1);
});

const slow = '[[chunkBytes=4000]] [[chunkMs=20]] [[bodyBytes=4000000]] Hello';

test.each(['the body is cancelled', 'the signal aborts'])(
  'in mid-stream the socket is freed when %s',
  async (how) => {
    const origin = await anOrigin();
    const clock = createFakeClock();
    const client = new AbortController();
    const speech = await engineFor(origin, {}, clock).open(say(slow), client.signal);
    const reader = speech.body.getReader();
    await reader.read();
    if (how === 'the signal aborts') {
      client.abort('left');
      await expect(reader.read()).rejects.toBeInstanceOf(ClientGone);
    } else {
      const pending = reader.read();
      await reader.cancel('left');
      expect((await pending).done).toBe(true);
    }
    await origin.until(() => origin.spoken[0]?.leftAt !== undefined && origin.openSockets === 0);
    await expect.poll(() => clock.pending).toBe(0);
  },
);

test('a body that is cancelled before anything was read frees the socket', async () => {
  const origin = await anOrigin();
  const speech = await engineFor(origin).open(say(slow), nobodyLeaves());
  await speech.body.cancel();
  await origin.until(() => origin.openSockets === 0);
});

test('a reader that stops reading holds the origin back: nothing is read ahead', async () => {
  const origin = await anOrigin();
  const speech = await engineFor(origin).open(say('[[bodyBytes=60000000]] Hello'), nobodyLeaves());
  const reader = speech.body.getReader();
  await reader.read();
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(origin.spoken[0]?.sentAt).toBeUndefined(); // sixty megabytes are more than any socket buffer
  await reader.cancel();
});
