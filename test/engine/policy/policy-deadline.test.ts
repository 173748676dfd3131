import { describe, expect, test } from 'vitest';
import { admission } from '../../../src/engine/policy/admission.ts';
import { deadline } from '../../../src/engine/policy/deadline.ts';
import { ClientGone } from '../../../src/stream/cancel.ts';
import { createFakeClock } from '../../stream/fake-clock.ts';
import { asking, createFakeEngine, endless, settle, sound } from './policy-engine.ts';

const late = { error: { code: 'timeout', stage: 'first-audio' } };
const never = new AbortController().signal;

describe('the deadline for the first audio', () => {
  test.each([{ deaf: false }, { deaf: true }])('aborts the work and fails as timeout: %j', async (how) => {
    const engine = createFakeEngine(how);
    const clock = createFakeClock();
    const opening = deadline({ firstAudioMs: 500 }, { clock })(engine).open(asking('a'), never);
    const call = await engine.call(1);
    clock.advance(499);
    expect(call.signal.aborted).toBe(false);
    clock.advance(1);
    await expect(opening).rejects.toMatchObject(late);
    expect(call.signal.aborted).toBe(true);
    expect(clock.pending).toBe(0);
  });

  test('cancels audio that comes after it', async () => {
    const engine = createFakeEngine({ deaf: true });
    const clock = createFakeClock();
    const opening = deadline({ firstAudioMs: 500 }, { clock })(engine).open(asking('a'), never);
    clock.advance(500);
    await expect(opening).rejects.toMatchObject(late);
    engine.calls[0]?.speak(sound(10));
    await settle();
    expect(engine.calls[0]?.cancelled).toBe(true);
  });

  test('counts the time in a queue, and takes the request out of it', async () => {
    const engine = createFakeEngine();
    const clock = createFakeClock();
    const demandOf = async () => ({ share: () => 1, workMs: () => 0 });
    const queue = admission({ starting: 1, maxPending: 5, demandOf }, { clock })(engine);
    queue.open(asking('a'), never).catch(() => {});
    const opening = deadline({ firstAudioMs: 500 }, { clock })(queue).open(asking('b'), never);
    await settle();
    clock.advance(500);
    await expect(opening).rejects.toMatchObject(late);
    expect(queue.pending).toBe(0);
    expect(engine.calls).toHaveLength(1);
  });

  test('is over with the first audio: its alarm is cleared and the stream goes on', async () => {
    const engine = createFakeEngine();
    const clock = createFakeClock();
    const opening = deadline({ firstAudioMs: 500 }, { clock })(engine).open(asking('a'), never);
    engine.calls[0]?.speak(sound(10), endless);
    const stream = await opening;
    expect(clock.pending).toBe(0);
    clock.advance(10_000);
    expect(engine.calls[0]?.signal.aborted).toBe(false);
    await stream.body.cancel();
    expect(engine.calls[0]?.cancelled).toBe(true);
  });

  test('clears its alarm when the engine fails, whose failure it is', async () => {
    const engine = createFakeEngine();
    const clock = createFakeClock();
    const opening = deadline({ firstAudioMs: 500 }, { clock })(engine).open(asking('a'), never);
    engine.calls[0]?.fail(new Error('broke'));
    await expect(opening).rejects.toThrow('broke');
    expect(clock.pending).toBe(0);
  });
});

describe('the signal of the request', () => {
  test('ends the wait as a client that left', async () => {
    const engine = createFakeEngine();
    const clock = createFakeClock();
    const leaving = new AbortController();
    const opening = deadline({ firstAudioMs: 500 }, { clock })(engine).open(asking('a'), leaving.signal);
    leaving.abort();
    await expect(opening).rejects.toBeInstanceOf(ClientGone);
    expect(clock.pending).toBe(0);
  });

  test('reaches the engine also after the first audio', async () => {
    const engine = createFakeEngine();
    const clock = createFakeClock();
    const leaving = new AbortController();
    const opening = deadline({ firstAudioMs: 500 }, { clock })(engine).open(asking('a'), leaving.signal);
    engine.calls[0]?.speak(sound(10), endless);
    await opening;
    leaving.abort();
    expect(engine.calls[0]?.signal.aborted).toBe(true);
  });
});
