import { expect, test } from 'vitest';
import { segments } from '../../../src/engine/policy/segments.ts';
import { wasm } from '../../audio/codecs.ts';
import { createFakeClock, realClock } from '../../stream/fake-clock.ts';
import { anOrigin, bytesOf, nobodyLeaves } from '../fish/fish-client.ts';
import { asking, createFakeEngine, RATE, sound } from '../policy/policy-engine.ts';
import { held, open, place, poolOf, textsOf } from './pool-support.ts';

test('a newcomer does not wait for speech that is far ahead of its listener', async () => {
  const origin = await anOrigin();
  const pool = poolOf([place(origin)]);
  const first = open(pool, `${held} Busy`);
  await origin.until(() => origin.queued === 1);
  const later = open(pool, 'heard', {
    isContinuation: true,
    playbackDeadline: () => realClock.now() + 60_000,
  });
  await origin.until(() => pool.pending === 1);
  const newcomer = open(pool, 'newcomer');
  await origin.until(() => pool.pending === 2);
  origin.release();
  for (const stream of await Promise.all([first, newcomer, later])) await bytesOf(stream);
  expect(textsOf(origin).slice(1)).toEqual(['newcomer', 'heard']);
});

test('a later part of a text tells when the listener will have heard what came before', async () => {
  const clock = createFakeClock();
  const engine = createFakeEngine();
  clock.advance(5000);
  const policy = segments({}, { wasm, clock })(engine);
  const opening = policy.open(asking('One is here. Two is over there.'), nobodyLeaves());
  const first = await engine.call(1);
  expect(first.request.playbackDeadline).toBeUndefined();
  first.speak(sound(2 * RATE), sound(RATE));
  const reader = (await opening).body.getReader();
  await reader.read();
  clock.advance(0); // the first audio is on its way
  const { request } = await engine.call(2);
  const began = request.playbackDeadline?.() ?? 0;
  expect(began).toBeGreaterThan(6900); // the trimmer holds a few milliseconds back
  expect(began).toBeLessThanOrEqual(7000);
  clock.advance(1500);
  await reader.read(); // a second more, that is heard without a gap
  expect(request.playbackDeadline?.()).toBeCloseTo(began + 1000, 0);
  await reader.cancel();
});

test('a listener who had to wait hears on from then', async () => {
  const clock = createFakeClock();
  const engine = createFakeEngine();
  const policy = segments({}, { wasm, clock })(engine);
  const opening = policy.open(asking('One is here. Two is over there.'), nobodyLeaves());
  (await engine.call(1)).speak(sound(RATE), sound(RATE));
  const reader = (await opening).body.getReader();
  await reader.read();
  clock.advance(10_000);
  await reader.read();
  expect((await engine.call(2)).request.playbackDeadline?.()).toBeCloseTo(11_000, -2);
  await reader.cancel();
});
