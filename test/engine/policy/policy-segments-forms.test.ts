import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createTrimmer, pauseBytes } from '../../../src/audio/dsp/silence.ts';
import { toInt16 } from '../../../src/audio/pcm.ts';
import { joinBytes } from '../../../src/core/bytes.ts';
import type { Engine, PcmStream } from '../../../src/core/engine.ts';
import { segments } from '../../../src/engine/policy/segments.ts';
import { wasm } from '../../audio/codecs.ts';
import { asking, createFakeEngine, endless, RATE, readAll, settle, sound } from './policy-engine.ts';

const TWO = 'One is here. Two is over there.';
const never = new AbortController().signal;
const spoken = (engine: Engine): Engine => segments({}, { wasm })(engine);

/** Both segments as the stream of their text, the second one in another form. */
async function speakTwo(
  form: { rate?: number; channels?: 1 | 2 },
  second: Uint8Array[],
  firstForm: { rate?: number; channels?: 1 | 2 } = {},
): Promise<{ stream: PcmStream; pcm: Uint8Array }> {
  const engine = createFakeEngine();
  const opening = spoken(engine).open(asking(TWO), never);
  (await engine.call(1)).speakAs(firstForm, sound(RATE));
  const stream = await opening;
  const reading = readAll(stream);
  (await engine.call(2)).speakAs(form, ...second);
  return { stream, pcm: await reading };
}

function trimmedFrames(pcm: Uint8Array, rate: number, channels: 1 | 2): number {
  const trimmer = createTrimmer(rate, channels);
  return (trimmer.push(pcm).length + trimmer.end().length) / 2 / channels;
}

describe('a segment in another form', () => {
  test.each([
    ['half the rate', { rate: RATE / 2 }, 2],
    ['three times the rate', { rate: RATE * 3 }, 1 / 3],
    ['the rates of the embedded voice and an origin', { rate: 22_050 }, RATE / 22_050],
  ])('%s lasts as long as it is', async (_, form, factor) => {
    const source = sound(form.rate);
    const { stream, pcm } = await speakTwo(form, [source]);
    const [one, two] = stream.timeline ?? [];
    const frames = trimmedFrames(source, form.rate, 1) * factor;
    expect(Math.abs((two?.end ?? 0) - (two?.start ?? 0) - frames)).toBeLessThanOrEqual(1);
    expect(pcm.length / 2).toBe(two?.end);
    expect((two?.start ?? 0) - (one?.end ?? 0)).toBe(pauseBytes('sentence', RATE, 1).length / 2);
  });

  test('two channels become their mean, one becomes both', async () => {
    const left = toInt16(sound(400));
    const stereo = new Int16Array(left.length * 2);
    left.forEach((sample, index) => {
      stereo[2 * index] = sample;
    });
    const mono = await speakTwo({ channels: 2 }, [new Uint8Array(stereo.buffer)]);
    const start = mono.stream.timeline?.[1]?.start ?? 0;
    const heard = toInt16(mono.pcm).subarray(start + 100, start + 200);
    expect(new Set(heard.map(Math.abs))).toEqual(new Set([8192]));
    const both = await speakTwo({ channels: 1 }, [sound(400)], { channels: 2 });
    const twice = toInt16(both.pcm).subarray(2 * (both.stream.timeline?.[1]?.start ?? 0));
    for (let i = 0; i < twice.length; i += 2) expect(twice[i]).toBe(twice[i + 1]);
  });

  test('joins without a click: next to the pause is only what a fade leaves', async () => {
    const { stream, pcm } = await speakTwo({ rate: RATE * 2 }, [sound(RATE)]);
    const samples = toInt16(pcm);
    const [one, two] = stream.timeline ?? [];
    const loudest = 0.5 * 32_767;
    const nearJoin = [...samples.subarray((one?.end ?? 0) - 2, (two?.start ?? 0) + 2)].map(Math.abs);
    expect(Math.max(...nearJoin)).toBeLessThan(loudest / 10);
  });

  test('lets the source go when the client leaves in it', async () => {
    const engine = createFakeEngine();
    const opening = spoken(engine).open(asking(TWO), never);
    (await engine.call(1)).speak(sound(400));
    const reader = (await opening).body.getReader();
    await reader.read();
    const second = await engine.call(2);
    second.speakAs({ rate: 22_050 }, sound(22_050), endless);
    while ((await reader.read()).value?.length !== undefined) {
      await settle();
      if (second.taken > 0) break;
    }
    await reader.cancel();
    expect(second.cancelled).toBe(true);
  });

  test('that no filter takes breaks the body and cancels the segment', async () => {
    const engine = createFakeEngine();
    const opening = spoken(engine).open(asking(TWO), never);
    (await engine.call(1)).speak(sound(400));
    const reading = readAll(await opening);
    const second = await engine.call(2);
    second.speakAs({ rate: 1 }, sound(400));
    await expect(reading).rejects.toThrow();
    expect(second.cancelled).toBe(true);
  });
});

describe('however the source cuts its chunks', () => {
  const pcm = joinBytes([sound(300, 0), sound(2000), sound(900, 0), sound(500), sound(300, 0)]);
  const cuts = fc.array(fc.integer({ min: 0, max: pcm.length }), { maxLength: 8 });
  const cut = (at: readonly number[]): Uint8Array[] => {
    const edges = [0, ...[...at].sort((a, b) => a - b), pcm.length];
    return edges.slice(1).map((end, index) => pcm.subarray(edges[index], end));
  };
  const forms = fc.constantFrom({}, { rate: 22_050 }, { channels: 2 as const });

  test('the same bytes come out, with the same times', async () => {
    await fc.assert(
      fc.asyncProperty(forms, cuts, async (form, at) => {
        const chunks = cut(at).filter((chunk) => chunk.length > 1); // the fake takes shorter ones for signals
        if (joinBytes(chunks).length !== pcm.length) return;
        const [whole, parts] = [await speakTwo(form, [pcm]), await speakTwo(form, chunks)];
        expect(parts.pcm).toEqual(whole.pcm);
        expect(parts.stream.timeline).toEqual(whole.stream.timeline);
      }),
      { numRuns: 30 },
    );
  });
});
