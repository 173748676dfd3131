import { describe, expect, test } from 'vitest';
import { pauseBytes } from '../../../src/audio/dsp/silence.ts';
import { joinBytes } from '../../../src/core/bytes.ts';
import type { PcmStream } from '../../../src/core/engine.ts';
import { SpeechFailure } from '../../../src/core/errors.ts';
import { segments } from '../../../src/engine/policy/segments.ts';
import { wasm } from '../../audio/codecs.ts';
import {
  asking,
  broken,
  createFakeEngine,
  endless,
  type FakeEngine,
  RATE,
  readAll,
  settle,
  sound,
  trimmed,
} from './policy-engine.ts';

const THREE = 'One is here. Two is over there.\n\nThree is nowhere to be seen.';
const never = new AbortController().signal;

/** Opens `text` with the first segment speaking `chunks`. */
async function open(
  engine: FakeEngine,
  text: string,
  chunks: Uint8Array[],
  signal = never,
): Promise<PcmStream> {
  const opening = segments({}, { wasm })(engine).open(asking(text), signal);
  (await engine.call(1)).speak(...chunks);
  return opening;
}

describe('segments', () => {
  test('are spoken in order, trimmed, with the pauses the text asks for', async () => {
    const engine = createFakeEngine();
    const stream = await open(engine, THREE, [sound(900)]);
    const reading = readAll(stream);
    (await engine.call(2)).speak(sound(100, 0), sound(700), sound(800, 0));
    (await engine.call(3)).speak(sound(600));
    expect(engine.calls.map(({ request }) => request.isContinuation)).toEqual([false, true, true]);
    expect(engine.calls.map(({ request }) => request.text)).toEqual([
      'One is here.',
      'Two is over there.',
      'Three is nowhere to be seen.',
    ]);
    expect(await reading).toEqual(
      joinBytes([
        trimmed(sound(900)),
        pauseBytes('sentence', RATE, 1),
        trimmed(joinBytes([sound(100, 0), sound(700), sound(800, 0)])),
        pauseBytes('paragraph', RATE, 1),
        trimmed(sound(600)),
      ]),
    );
  });

  test('carry the whole request, and their pauses its speed', async () => {
    const engine = createFakeEngine();
    const request = asking('One is here. Two is there.', { speed: 2, voice: 'v', seed: 7 });
    const opening = segments({}, { wasm })(engine).open(request, never);
    (await engine.call(1)).speak(sound(100));
    const reading = readAll(await opening);
    const second = await engine.call(2);
    second.speak(sound(100));
    const utteranceId = engine.calls[0]?.request.utteranceId;
    expect(utteranceId).toBeDefined();
    const text = 'Two is there.';
    const remaining = ' '.length + text.length;
    expect(second.request).toEqual({
      ...request,
      text,
      remaining,
      isContinuation: true,
      utteranceId,
    });
    expect(engine.calls[0]?.request.remaining).toBe(request.text.length);
    expect(second.request.utteranceId).toBe(utteranceId);
    const pause = pauseBytes('sentence', RATE, 1, 2);
    expect(await reading).toEqual(joinBytes([trimmed(sound(100)), pause, trimmed(sound(100))]));
  });

  test('one alone is trimmed the same way, and its length is not promised', async () => {
    const engine = createFakeEngine();
    const stream = await open(engine, 'Only one.', [sound(800, 0), sound(400)]);
    expect(stream).toMatchObject({ rate: RATE, channels: 1, engine: 'fake' });
    expect(stream.length).toBeUndefined();
    expect(await readAll(stream)).toEqual(trimmed(joinBytes([sound(800, 0), sound(400)])));
    expect(engine.calls).toHaveLength(1);
  });

  test('a request they are not enabled for passes untouched', async () => {
    const engine = createFakeEngine();
    const whole = segments({ enabled: (request) => !request.whole }, { wasm })(engine);
    const opening = whole.open(asking(THREE, { whole: true }), never);
    const call = await engine.call(1);
    call.speak(sound(800, 0));
    expect(call.request.text).toBe(THREE);
    expect(await readAll(await opening)).toEqual(sound(800, 0));
  });

  test('a segment without sound is passed over', async () => {
    const engine = createFakeEngine();
    const reading = readAll(await open(engine, 'One is here. Two is there.', []));
    (await engine.call(2)).speak(sound(100));
    expect(await reading).toEqual(joinBytes([pauseBytes('sentence', RATE, 1), trimmed(sound(100))]));
  });
});

describe('look-ahead', () => {
  test('a reader that takes nothing has one segment opened', async () => {
    const engine = createFakeEngine();
    const stream = await open(engine, THREE, [sound(400), sound(400)]);
    await settle();
    expect(engine.calls).toHaveLength(1);
    expect(engine.calls[0]?.taken).toBe(0);
    await stream.body.cancel();
  });

  test('a reader that stops after the first audio has two segments opened, and nothing read ahead', async () => {
    const engine = createFakeEngine();
    const stream = await open(engine, THREE, [sound(400), sound(400), sound(400)]);
    const reader = stream.body.getReader();
    await reader.read();
    (await engine.call(2)).speak(sound(400));
    await settle();
    expect(engine.calls).toHaveLength(2);
    expect(engine.calls.map(({ taken }) => taken)).toEqual([1, 0]);
    await reader.cancel();
  });

  test('the third segment is opened only when the second is heard', async () => {
    const engine = createFakeEngine();
    const stream = await open(engine, THREE, [sound(400)]);
    const reading = readAll(stream);
    const second = await engine.call(2);
    await settle();
    expect(engine.calls).toHaveLength(2);
    second.speak(sound(400));
    (await engine.call(3)).speak(sound(400));
    await reading;
  });

  test('does not wait for the end of the segment before it', async () => {
    const engine = createFakeEngine();
    const stream = await open(engine, THREE, [sound(400), endless]);
    const reader = stream.body.getReader();
    await reader.read();
    await engine.call(2);
    await reader.cancel();
  });
});

describe('a failure', () => {
  test('of the first segment is the failure of the request', async () => {
    const engine = createFakeEngine();
    const opening = segments({}, { wasm })(engine).open(asking(THREE), never);
    (await engine.call(1)).fail(new SpeechFailure({ code: 'engine_failed' }));
    await expect(opening).rejects.toMatchObject({ error: { code: 'engine_failed' } });
    expect(engine.calls).toHaveLength(1);
  });

  test('of a later segment breaks the body, after what came before it', async () => {
    const engine = createFakeEngine();
    const stream = await open(engine, THREE, [sound(400), sound(400)]);
    const reader = stream.body.getReader();
    const heard = [(await reader.read()).value];
    (await engine.call(2)).fail(new SpeechFailure({ code: 'origin_unavailable' }));
    await settle();
    const rest = (async () => {
      for (;;) heard.push((await reader.read()).value);
    })();
    await expect(rest).rejects.toMatchObject({ error: { code: 'origin_unavailable' } });
    const pcm = joinBytes([trimmed(joinBytes([sound(400), sound(400)])), pauseBytes('sentence', RATE, 1)]);
    expect(joinBytes(heard.filter((chunk) => chunk !== undefined))).toEqual(pcm);
    expect(engine.calls).toHaveLength(2);
  });

  test('in the middle of a segment breaks the body and cancels the look-ahead', async () => {
    const engine = createFakeEngine();
    const stream = await open(engine, THREE, [sound(400), broken]);
    const reader = stream.body.getReader();
    await reader.read();
    const second = await engine.call(2);
    second.speak(sound(400));
    await settle();
    await expect(reader.read()).rejects.toThrow('The engine broke.');
    await settle();
    expect(second).toMatchObject({ cancelled: true, signal: { aborted: true } });
  });
});
