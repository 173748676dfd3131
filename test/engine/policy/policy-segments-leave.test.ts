import { describe, expect, test } from 'vitest';
import type { PcmStream } from '../../../src/core/engine.ts';
import { segments } from '../../../src/engine/policy/segments.ts';
import { ClientGone } from '../../../src/stream/cancel.ts';
import { wasm } from '../../audio/codecs.ts';
import { asking, createFakeEngine, endless, type FakeEngine, settle, sound } from './policy-engine.ts';

const TEXT = 'One is here. Two is over there. Three is nowhere to be seen.';

async function open(
  engine: FakeEngine,
  chunks: Uint8Array[],
  signal: AbortSignal = new AbortController().signal,
): Promise<PcmStream> {
  const opening = segments({}, { wasm })(engine).open(asking(TEXT), signal);
  (await engine.call(1)).speak(...chunks);
  return opening;
}

describe('a client that leaves', () => {
  test('before the first audio ends the wait at once, and audio that still comes is cancelled', async () => {
    const engine = createFakeEngine({ deaf: true });
    const leaving = new AbortController();
    const opening = segments({}, { wasm })(engine).open(asking(TEXT), leaving.signal);
    const call = await engine.call(1);
    leaving.abort('gone');
    await expect(opening).rejects.toBeInstanceOf(ClientGone);
    expect(call.signal.aborted).toBe(true);
    call.speak(sound(400));
    await settle();
    expect(call.cancelled).toBe(true);
  });

  test('before it took anything cancels the first segment', async () => {
    const engine = createFakeEngine();
    const stream = await open(engine, [sound(400)]);
    await stream.body.cancel();
    await settle();
    expect(engine.calls).toHaveLength(1);
    expect(engine.calls[0]).toMatchObject({ cancelled: true, signal: { aborted: true } });
  });

  test('while it waits for the first sound opens no other segment', async () => {
    const engine = createFakeEngine();
    const stream = await open(engine, [sound(400, 0), endless]);
    const reader = stream.body.getReader();
    const waiting = reader.read();
    await settle();
    await reader.cancel();
    await waiting;
    await settle();
    expect(engine.calls).toHaveLength(1);
    expect(engine.calls[0]?.cancelled).toBe(true);
  });

  test('in mid-segment cancels what is spoken and what is ahead', async () => {
    const engine = createFakeEngine();
    const stream = await open(engine, [sound(400), endless]);
    const reader = stream.body.getReader();
    await reader.read();
    const second = await engine.call(2);
    second.speak(sound(400));
    await settle();
    const waiting = reader.read(); // the generator waits for the engine
    await settle();
    await reader.cancel();
    await waiting;
    await settle();
    expect(engine.calls.map(({ cancelled }) => cancelled)).toEqual([true, true]);
    expect(engine.calls).toHaveLength(2);
  });

  test('while the look-ahead is still being opened aborts it', async () => {
    const engine = createFakeEngine();
    const stream = await open(engine, [sound(400), endless]);
    const reader = stream.body.getReader();
    await reader.read();
    const second = await engine.call(2);
    await reader.cancel();
    expect(second.signal.aborted).toBe(true);
  });

  test('cancels also a look-ahead that does not mind its signal', async () => {
    const engine = createFakeEngine({ deaf: true });
    const stream = await open(engine, [sound(400), endless]);
    const reader = stream.body.getReader();
    await reader.read();
    const second = await engine.call(2);
    await reader.cancel();
    second.speak(sound(400));
    await settle();
    expect(second.cancelled).toBe(true);
  });

  test('between two segments aborts the one waited for', async () => {
    const engine = createFakeEngine();
    const stream = await open(engine, [sound(400)]);
    const reader = stream.body.getReader();
    const second = engine.call(2);
    const reading = (async () => {
      while (!(await reader.read()).done);
    })();
    const call = await second;
    await settle();
    await reader.cancel();
    await reading;
    expect(call.signal.aborted).toBe(true);
    expect(engine.calls).toHaveLength(2);
  });

  test('after the last byte cancels nothing', async () => {
    const engine = createFakeEngine();
    const opening = segments({}, { wasm })(engine).open(asking('One.'), new AbortController().signal);
    const call = await engine.call(1);
    call.speak(sound(400));
    const reader = (await opening).body.getReader();
    while (!(await reader.read()).done);
    await reader.cancel();
    expect(call).toMatchObject({ cancelled: false, signal: { aborted: false } });
  });
});

describe('a signal that aborts in mid-stream', () => {
  test('never looks like a clean end, even if the engine goes on', async () => {
    const engine = createFakeEngine({ deaf: true });
    const leaving = new AbortController();
    const stream = await open(engine, [sound(400), sound(400)], leaving.signal);
    const reader = stream.body.getReader();
    await reader.read();
    await engine.call(2);
    leaving.abort();
    const rest = (async () => {
      while (!(await reader.read()).done);
    })();
    await expect(rest).rejects.toBeInstanceOf(ClientGone);
  });

  test('reaches the segment that is speaking and the one ahead', async () => {
    const engine = createFakeEngine();
    const leaving = new AbortController();
    const stream = await open(engine, [sound(400), endless], leaving.signal);
    const reader = stream.body.getReader();
    await reader.read();
    await engine.call(2);
    leaving.abort();
    expect(engine.calls.map(({ signal }) => signal.aborted)).toEqual([true, true]);
    await reader.cancel();
  });
});
