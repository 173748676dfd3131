import { expect, test } from 'vitest';
import { createFakeClock } from '../../stream/fake-clock.ts';
import { settle } from '../../stream/sources.ts';
import { engineFor } from '../upstream/pool-support.ts';
import { anOrigin, bytesOf, nobodyLeaves, say } from './fish-client.ts';

const unavailable = { error: { code: 'origin_unavailable' } };

test.each([
  [
    'the origin dies in mid-body',
    '[[chunkBytes=5000]] [[chunkMs=5]] [[dieAfterBytes=20000]] Hello there',
    false,
  ],
  [
    'the origin dies in mid-body of a WAV',
    '[[chunkBytes=5000]] [[chunkMs=5]] [[dieAfterBytes=20000]] Hi you',
    true,
  ],
  ['the header promised more', '[[header=promises-more]] Hello there', true],
  ['it ends in half a sample', '[[bodyBytes=30001]] Hello there', false],
])('the body errors when %s', async (_name, text, whole) => {
  const origin = await anOrigin();
  const clock = createFakeClock();
  const speech = await engineFor(origin, {}, clock).open(say(text, { whole }), nobodyLeaves());
  const reader = speech.body.getReader();
  let bytes = 0;
  const reading = (async (): Promise<void> => {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      bytes += value.length;
    }
  })();
  await expect(reading).rejects.toMatchObject(unavailable);
  expect(bytes).toBeGreaterThan(0);
  await expect.poll(() => clock.pending).toBe(0);
});

test('audio that is all there is complete, even if the origin then dies or talks on', async () => {
  const origin = await anOrigin();
  for (const text of ['[[header=listed]] Hello', '[[header=exact]] [[dieAfterBytes=26504]] Hello']) {
    const speech = await engineFor(origin).open(say(text), nobodyLeaves());
    expect((await bytesOf(speech)).length).toBe(speech.length);
  }
});

test('an origin that does not end after the audio it promised is let go', async () => {
  const origin = await anOrigin();
  const text = '[[header=promises-less]] [[chunkBytes=20000]] [[chunkMs=50]] [[bodyBytes=4000000]] Hello';
  const speech = await engineFor(origin).open(say(text), nobodyLeaves());
  expect(speech.length).toBe(1000);
  expect((await bytesOf(speech)).length).toBe(1000);
  await origin.until(() => origin.spoken[0]?.leftAt !== undefined);
});

test('an origin that stays silent before its answer is given up at the first-byte deadline', async () => {
  const origin = await anOrigin();
  const clock = createFakeClock();
  const opening = engineFor(origin, { firstByteTimeoutMs: 60_000 }, clock).open(
    say('[[silent]] Hi'),
    nobodyLeaves(),
  );
  opening.catch(() => {});
  await origin.until(() => origin.spoken.length === 1);
  clock.advance(60_000);
  await expect(opening).rejects.toMatchObject({ error: { code: 'timeout', stage: 'first-audio' } });
  await origin.until(() => origin.openSockets === 0);
  await expect.poll(() => clock.pending).toBe(0);
});

test('headers, and a WAV header, do not count as first byte', async () => {
  const origin = await anOrigin();
  const clock = createFakeClock();
  const text = '[[header=exact]] [[silentAfterBytes=44]] Hi';
  const opening = engineFor(origin, { firstByteTimeoutMs: 1000 }, clock).open(say(text), nobodyLeaves());
  opening.catch(() => {});
  await origin.until(() => origin.spoken[0]?.doneAt !== undefined);
  clock.advance(1000);
  await expect(opening).rejects.toMatchObject({ error: { code: 'timeout', stage: 'first-audio' } });
  await origin.until(() => origin.openSockets === 0);
});

test('an origin that falls silent in mid-body breaks the body at the idle deadline, not at the first-byte one', async () => {
  const origin = await anOrigin();
  const clock = createFakeClock();
  const options = { firstByteTimeoutMs: 1000, idleTimeoutMs: 30_000 };
  const engine = engineFor(origin, options, clock);
  const speech = await engine.open(say('[[silentAfterBytes=2000]] Hello'), nobodyLeaves());
  const reader = speech.body.getReader();
  await reader.read();
  const second = reader.read();
  second.catch(() => {});
  await settle();
  clock.advance(29_999);
  await settle();
  clock.advance(1);
  await expect(second).rejects.toMatchObject({ error: { code: 'timeout', stage: 'idle' } });
  await origin.until(() => origin.openSockets === 0);
  await expect.poll(() => clock.pending).toBe(0);
});

test('the total deadline frees the origin even when nobody reads', async () => {
  const origin = await anOrigin();
  const clock = createFakeClock();
  const engine = engineFor(origin, { totalTimeoutMs: 600_000, idleTimeoutMs: 1e9 }, clock);
  const speech = await engine.open(say('[[silentAfterBytes=2000]] Hello'), nobodyLeaves());
  clock.advance(600_000);
  await origin.until(() => origin.openSockets === 0);
  const reader = speech.body.getReader();
  await reader.read(); // what had come before
  await expect(reader.read()).rejects.toMatchObject({ error: { code: 'timeout', stage: 'total' } });
  await expect.poll(() => clock.pending).toBe(0);
});
