import { expect, test } from 'vitest';
import type { PcmStream } from '../../../src/core/engine.ts';
import type { SpeechRequest } from '../../../src/core/request.ts';
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

test('the next segment is due when all before it has been heard, also what comes before the text', async () => {
  const clock = createFakeClock();
  const text = 'One is here. Two is over there.';
  const deadlineOf = async (more: Partial<SpeechRequest>): Promise<number | undefined> => {
    const engine = createFakeEngine();
    const opening = segments({}, { wasm, clock })(engine).open(asking(text, more), never);
    (await engine.call(1)).speak(sound(RATE));
    const reading = readAll(await opening);
    const { request, speak } = await engine.call(2);
    const deadline = request.playbackDeadline?.();
    speak(sound(RATE));
    await reading;
    return deadline;
  };
  expect(await deadlineOf({})).toBe(1250); // a second of sound, and the pause
  expect(await deadlineOf({ playbackDeadline: () => 7000 })).toBe(7000); // whoever gives it counts what was handed out
});
