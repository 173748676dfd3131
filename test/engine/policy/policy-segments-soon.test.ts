import { expect, test } from 'vitest';
import type { PcmStream } from '../../../src/core/engine.ts';
import { segments } from '../../../src/engine/policy/segments.ts';
import { wasm } from '../../audio/codecs.ts';
import { createFakeClock, type FakeClock } from '../../stream/fake-clock.ts';
import { asking, createFakeEngine, type FakeEngine, RATE, readAll, settle, sound } from './policy-engine.ts';

const never = new AbortController().signal;

async function openTwo(engine: FakeEngine, clock: FakeClock, chunks: Uint8Array[]): Promise<PcmStream> {
  const policy = segments({}, { wasm, clock })(engine);
  const opening = policy.open(asking('One is here. Two is over there.'), never);
  (await engine.call(1)).speak(...chunks);
  return opening;
}

test('the first audio goes first: the next segment is opened when it is on its way', async () => {
  const engine = createFakeEngine();
  const clock = createFakeClock();
  const { body } = await openTwo(engine, clock, [sound(RATE), sound(RATE)]);
  const reader = body.getReader();
  await reader.read();
  await settle();
  expect(engine.calls).toHaveLength(1);
  clock.advance(0);
  await settle();
  expect(engine.calls).toHaveLength(2);
  await reader.cancel();
});

test('at the end of a segment nothing is put off, and nothing is opened twice', async () => {
  const engine = createFakeEngine();
  const clock = createFakeClock();
  const reading = readAll(await openTwo(engine, clock, [sound(RATE)]));
  (await engine.call(2)).speak(sound(RATE));
  await reading;
  clock.advance(1000);
  await settle();
  expect(engine.calls).toHaveLength(2);
  expect(clock.pending).toBe(0);
});

test('a listener who leaves at the first audio causes no other segment', async () => {
  const engine = createFakeEngine();
  const clock = createFakeClock();
  const { body } = await openTwo(engine, clock, [sound(RATE), sound(RATE)]);
  const reader = body.getReader();
  await reader.read();
  await reader.cancel();
  expect(clock.pending).toBe(0);
  clock.advance(1000);
  await settle();
  expect(engine.calls).toHaveLength(1);
});
