import { readFile } from 'node:fs/promises';
import * as runtime from 'onnxruntime-web';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ofWasm } from '../../src/adapters/inference/runtimes.ts';
import { LISTENING_RATE } from '../../src/core/conversation.ts';
import type { Ort } from '../../src/engine/onnx/families/family.ts';
import { loadMoonshine, type SpeechModel } from '../../src/recognizer/moonshine.ts';
import { recordSpeech } from '../conversation/microphone.ts';
import { installed, joe, missing } from '../engine/onnx/onnx-support.ts';

const question = 'Should I take an umbrella to the station?';
const skipped = missing(joe) ?? missing('moonshine-tiny');

/** Counts what its models are asked. */
function counted(ort: Ort): Ort & { runs: number } {
  const counting = {
    ...ort,
    runs: 0,
    async createSession(model: Uint8Array) {
      const session = await ort.createSession(model);
      const run = (feeds: Parameters<typeof session.run>[0]): ReturnType<typeof session.run> => {
        counting.runs += 1;
        return session.run(feeds);
      };
      return { ...session, run, release: () => session.release() } as typeof session;
    },
  };
  return counting;
}

describe.skipIf(skipped)(
  `a text that was drafted${skipped ? ` (${skipped})` : ''}`,
  { timeout: 120_000 },
  () => {
    const ort = counted(ofWasm(runtime, 1));
    let model: SpeechModel;
    let samples: Float32Array;
    let tokens: readonly number[] = [];

    beforeAll(async () => {
      const [pcm = new Uint8Array(0)] = await recordSpeech([question]);
      samples = Float32Array.from(new Int16Array(pcm.slice().buffer), (one) => one / 32_768);
      const files = installed.find(({ id }) => id === 'moonshine-tiny')?.files ?? {};
      model = await loadMoonshine(files, (path) => readFile(path), ort);
      ({ tokens } = await model.transcribe(samples));
    });
    afterAll(() => model?.release());

    const write = async (of: Float32Array, draft?: readonly number[]) => {
      ort.runs = 0;
      const { text } = await model.transcribe(of, draft);
      return { text, runs: ort.runs };
    };

    test('is the same text, in as many runs as tokens are not the draft’s', async () => {
      const { text, runs } = await write(samples);
      expect(text).toBe(question);
      expect(runs).toBe(1 + tokens.length + 1); // the encoder's, and the end is a token
      expect(await write(samples, tokens)).toEqual({ text, runs: 2 });
      expect(await write(samples, tokens.slice(0, 5))).toEqual({ text, runs: runs - 5 });
      const [other = 0] = tokens;
      expect(await write(samples, [...tokens.slice(0, 5), other, other, other])).toEqual({
        text,
        runs: runs - 5,
      });
      expect(await write(samples, [other + 1, ...tokens])).toEqual({ text, runs });
    });

    test('has no more of the draft than was said', async () => {
      const beginning = samples.subarray(0, LISTENING_RATE);
      const { text } = await write(beginning);
      expect(text).not.toBe(question);
      expect((await write(beginning, tokens)).text).toBe(text);
    });

    test('may be longer than what is drafted at once', async () => {
      const longer = new Float32Array(5 * samples.length);
      for (let n = 0; n < 5; n++) longer.set(samples, n * samples.length);
      const { text, tokens: all } = await model.transcribe(longer);
      expect(all.length).toBeGreaterThan(33);
      const { text: again, runs } = await write(longer, all);
      expect(again).toBe(text);
      expect(runs).toBe(1 + 1 + (all.length - 32));
    });
  },
);
