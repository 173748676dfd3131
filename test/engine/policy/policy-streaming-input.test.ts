import { describe, expect, it } from 'vitest';
import { invalid } from '../../../src/core/errors.ts';
import { streamingInput } from '../../../src/engine/policy/streaming-input.ts';
import { wasm } from '../../audio/codecs.ts';
import { createFakeClock } from '../../stream/fake-clock.ts';
import { asking, broken, createFakeEngine, endless, RATE, readAll, settle, sound } from './policy-engine.ts';

const never = new AbortController().signal;
const pauseBytes = 0.25 * RATE * 2;

/** Text that the test writes. */
function writing(): { more: AsyncIterable<string>; write: (text: string) => void; end: () => void } {
  const { readable, writable } = new TransformStream<string, string>(undefined, { highWaterMark: 9 });
  const writer = writable.getWriter();
  return {
    more: readable,
    write: (text) => void writer.write(text).catch(() => {}),
    end: () => void writer.close().catch(() => {}),
  };
}

function setUp(): {
  engine: ReturnType<typeof createFakeEngine>;
  clock: ReturnType<typeof createFakeClock>;
  policy: ReturnType<ReturnType<typeof streamingInput>>;
} {
  const engine = createFakeEngine();
  const clock = createFakeClock();
  return { engine, clock, policy: streamingInput({ isOneUtterance: true }, { wasm, clock })(engine) };
}

describe('text that is still being written', () => {
  it('is one body, its parts in order, with a pause between and none at the end', async () => {
    const { engine, policy } = setUp();
    const { more, write, end } = writing();
    write('Two.');
    end();
    const opening = policy.open(asking('One.', { more }), never);
    (await engine.call(1)).speak(sound(100));
    const reading = opening.then(readAll);
    (await engine.call(2)).speak(sound(200));
    expect((await reading).length).toBe((100 + 200) * 2 + pauseBytes);
    expect(engine.calls.map(({ request }) => [request.text, request.more, request.isContinuation])).toEqual([
      ['One.', undefined, undefined],
      ['Two.', undefined, true],
    ]);
    expect(engine.calls[0]?.request.utteranceId).toBe(engine.calls[1]?.request.utteranceId);
  });

  it('says what was heard when: of each part its segments, or else its words', async () => {
    const { policy, engine } = setUp();
    const { more, write, end } = writing();
    write('Two words.');
    end();
    const opening = policy.open(asking('One. And half.', { more }), never);
    const first = { rate: RATE, channels: 1, engine: 'fake' } as const;
    const segments = [
      { text: 'One.', start: 0, end: 40, words: [{ index: 0, start: 5, end: 35 }] },
      { text: 'And half.', start: 60, end: 100 },
    ];
    (await engine.call(1)).speakTold({ ...first, timeline: segments }, sound(100));
    const stream = await opening;
    const reading = readAll(stream);
    const words = () => [{ index: 1, start: 20, end: 100 }];
    (await engine.call(2)).speakTold({ ...first, rate: RATE / 2, words }, sound(50));
    await reading;
    const from = 100 + pauseBytes / 2;
    expect(stream.timeline).toEqual([
      segments[0],
      { ...segments[1], words: undefined },
      {
        text: 'Two words.',
        start: from,
        end: from + 100,
        words: [{ index: 1, start: from + 40, end: from + 100 }],
      },
    ]);
  });

  it('opens the next part while one is heard, and the one after it not before', async () => {
    const { engine, policy } = setUp();
    const { more, write } = writing();
    write('Two.');
    write('Three.');
    const opening = policy.open(asking('One.', { more }), never);
    (await engine.call(1)).speak(sound(10), sound(10), endless);
    const reader = (await opening).body.getReader();
    await reader.read();
    (await engine.call(2)).speak(sound(10));
    await reader.read();
    await settle();
    expect(engine.calls).toHaveLength(2);
    await reader.cancel();
    expect(engine.calls.map(({ cancelled }) => cancelled)).toEqual([true, true]);
  });

  it('says its pause although nothing follows yet', async () => {
    const { engine, clock, policy } = setUp();
    const { more } = writing();
    const opening = policy.open(asking('One.', { more }), never);
    (await engine.call(1)).speak(sound(10));
    const reader = (await opening).body.getReader();
    await reader.read();
    const pause = reader.read();
    await settle();
    clock.advance(20);
    expect((await pause).value?.length).toBe(pauseBytes);
    const next = reader.read();
    await reader.cancel();
    expect((await next).done).toBe(true);
    expect(clock.pending).toBe(0);
  });

  it('leaves out what says nothing, also at the start', async () => {
    const { engine, policy } = setUp();
    const { more, write, end } = writing();
    for (const text of ['Two.', '漢字', 'Four.']) write(text);
    end();
    const opening = policy.open(asking('漢字', { more }), never);
    const nothing = (): Error => invalid('There is nothing to say in this text.', 'text');
    (await engine.call(1)).fail(nothing());
    (await engine.call(2)).speak(sound(10));
    const reading = opening.then(readAll);
    (await engine.call(3)).fail(nothing());
    (await engine.call(4)).speak(sound(10));
    expect((await reading).length).toBe(40 + pauseBytes);
  });

  it('breaks with the part that breaks', async () => {
    const { engine, policy } = setUp();
    const { more, write } = writing();
    write('Two.');
    const opening = policy.open(asking('One.', { more }), never);
    (await engine.call(1)).speak(sound(10));
    const reading = opening.then(readAll);
    (await engine.call(2)).speak(sound(10), broken);
    await expect(reading).rejects.toThrow('The engine broke.');
  });

  it('stops before its first audio when the client leaves', async () => {
    const { engine, policy } = setUp();
    const leaving = new AbortController();
    const opening = policy.open(asking('One.', { more: writing().more }), leaving.signal);
    await engine.call(1);
    leaving.abort();
    await expect(opening).rejects.toThrow('left');
    expect(engine.calls[0]?.signal.aborted).toBe(true);
  });

  it('brings every part into the form of the first', async () => {
    const { engine, policy } = setUp();
    const { more, write, end } = writing();
    write('Two.');
    end();
    const opening = policy.open(asking('One.', { more }), never);
    (await engine.call(1)).speak(sound(RATE));
    const reading = opening.then(readAll);
    (await engine.call(2)).speakAs({ rate: RATE, channels: 2 }, sound(2 * RATE));
    expect((await reading).length).toBe(2 * RATE * 2 + pauseBytes);
  });

  it('is nothing to a text that is whole', async () => {
    const { engine, policy } = setUp();
    const opening = policy.open(asking('One.'), never);
    (await engine.call(1)).speak(sound(10));
    expect((await readAll(await opening)).length).toBe(20);
    expect(engine.calls[0]?.request.utteranceId).toBeUndefined();
  });
});
