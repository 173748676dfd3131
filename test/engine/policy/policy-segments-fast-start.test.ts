import { describe, expect, test } from 'vitest';
import { pauseBytes } from '../../../src/audio/dsp/silence.ts';
import type { Engine } from '../../../src/core/engine.ts';
import { SpeechFailure } from '../../../src/core/errors.ts';
import { continuity } from '../../../src/engine/policy/continuity.ts';
import { fallback } from '../../../src/engine/policy/fallback.ts';
import { segments } from '../../../src/engine/policy/segments.ts';
import { segment } from '../../../src/speech/segment/segment.ts';
import { wasm } from '../../audio/codecs.ts';
import { asking, createFakeEngine, endless, RATE, readAll, settle, sound } from './policy-engine.ts';

const THREE = 'One is here. Two is over there.\n\nThree is nowhere to be seen.';
const never = new AbortController().signal;
const pauseFrames = (kind: 'sentence' | 'paragraph'): number => pauseBytes(kind, RATE, 1).length / 2;

describe('the timeline', () => {
  test('says which samples a segment is heard in, once it was handed out', async () => {
    const engine = createFakeEngine();
    const opening = segments({}, { wasm })(engine).open(asking(THREE), never);
    (await engine.call(1)).speak(sound(900));
    const { body, timeline } = await opening;
    expect(timeline).toEqual([]);
    const reader = body.getReader();
    await reader.read();
    (await engine.call(2)).speak(sound(700));
    void engine.call(3).then((call) => call.speak(sound(600)));
    let bytes = 0;
    while (!timeline?.length) bytes += (await reader.read()).value?.length ?? 0;
    expect(timeline).toEqual([{ text: 'One is here.', start: 0, end: 900 }]);
    while (!(await reader.read()).done);
    const second = 900 + pauseFrames('sentence');
    const third = second + 700 + pauseFrames('paragraph');
    expect(timeline).toEqual([
      { text: 'One is here.', start: 0, end: 900 },
      { text: 'Two is over there.', start: second, end: second + 700 },
      { text: 'Three is nowhere to be seen.', start: third, end: third + 600 },
    ]);
    expect(bytes).toBeGreaterThan(0);
  });
});

describe('on the way up', () => {
  test('goes what the first segment says of its queue and its cache', async () => {
    const engine = createFakeEngine();
    const cache = { state: 'hit', ageMs: 5 } as const;
    const told: Engine = {
      ...engine,
      open: async (request, signal) => ({ ...(await engine.open(request, signal)), queueMs: 12, cache }),
    };
    const opening = segments({}, { wasm })(told).open(asking(THREE), never);
    (await engine.call(1)).speak(sound(10));
    const stream = await opening;
    expect(stream).toMatchObject({ queueMs: 12, cache });
    await stream.body.cancel();
  });
});

describe('a text of one segment', () => {
  test('passes to the very object and stream where that is asked for', async () => {
    const engine = createFakeEngine();
    const request = asking('Only one.');
    const opening = segments({ alone: 'untouched' }, { wasm })(engine).open(request, never);
    const call = await engine.call(1);
    expect(call.request).toBe(request);
    call.speak(sound(800, 0));
    expect(await readAll(await opening)).toEqual(sound(800, 0));
  });

  test('is no part of anything', async () => {
    const engine = createFakeEngine();
    void segments({}, { wasm })(engine).open(asking('Only one.'), never);
    expect((await engine.call(1)).request.utteranceId).toBeUndefined();
  });
});

describe('fast start on an origin', () => {
  test('hears the first segment before the second one is asked for, and keeps its voice', async () => {
    const engine = createFakeEngine();
    const policy = segments({}, { wasm })(continuity()(engine));
    const opening = policy.open(asking(THREE), never);
    (await engine.call(1)).speak(sound(900));
    const reading = readAll(await opening);
    const second = await engine.call(2);
    expect(second.request.references).toMatchObject([{ text: 'One is here.' }]);
    expect(second.request.ownSeed).toBe(engine.calls[0]?.request.ownSeed);
    second.speak(sound(700));
    const third = await engine.call(3);
    expect(third.request.references).toEqual(second.request.references);
    third.speak(sound(600));
    await reading;
  });

  test('wastes nothing but the look-ahead on a client that leaves', async () => {
    const engine = createFakeEngine();
    const policy = segments({}, { wasm })(continuity()(engine));
    const opening = policy.open(asking(THREE), never);
    (await engine.call(1)).speak(sound(900));
    const reader = (await opening).body.getReader();
    await reader.read();
    const second = await engine.call(2);
    second.speak(sound(700), endless);
    await settle();
    await reader.cancel();
    await settle();
    expect(engine.calls).toHaveLength(2);
    expect(second).toMatchObject({ signal: { aborted: true }, cancelled: true });
  });

  test('goes over to the stand-in at a sentence, in the form of what was heard, and stays there', async () => {
    const [origin, embedded] = [createFakeEngine(), createFakeEngine()];
    const both = fallback(embedded, { voices: new Map() })(continuity()(origin));
    const opening = segments({}, { wasm })(both).open(asking(THREE), never);
    (await origin.call(1)).speak(sound(900));
    const stream = await opening;
    const reading = readAll(stream);
    (await origin.call(2)).fail(new SpeechFailure({ code: 'origin_unavailable' }));
    const second = await embedded.call(1);
    expect(second.request).toMatchObject({ text: 'Two is over there.', references: [] });
    second.speakAs({ rate: RATE * 2 }, sound(1400));
    (await embedded.call(2)).speakAs({ rate: RATE * 2 }, sound(1200));
    await reading;
    expect(stream.timeline?.map(({ start, end }) => end - start)).toEqual([900, 700, 600]);
    expect(origin.calls).toHaveLength(2);
  });
});

describe('segments for a source that hands out a whole one at a time', () => {
  const text = `${'One two three four five six seven eight nine ten. '.repeat(3)}It is raining, as it always does here in spring, and nobody minds, because the garden needs it, and so do the fields behind the house.`;
  const words = (growth: number | undefined): number[] =>
    segment(text, { growth }).map((one) => one.text.split(' ').length);

  test('are never longer than can be made while what came before is heard', () => {
    for (const growth of [1.5, 2, 4]) {
      const counts = words(growth);
      const slack = 2;
      counts.reduce((said, count) => {
        const most = Math.max(7, said * (growth - 1) + (counts[0] ?? 0)) + slack;
        if (said > 0) expect(count).toBeLessThanOrEqual(most);
        return said + count;
      }, 0);
    }
  });

  test('say all of the text', () => {
    const said = segment(text, { growth: 1.5 }).map((one) => one.text);
    expect(said.join(' ')).toBe(text);
    expect(said.length).toBeGreaterThan(words(undefined).length);
  });
});
