import { fileOf, floats, type LoadFile, type Ort } from '../engine/onnx/families/family.ts';
import { DETECTOR_FRAME, RECOGNIZER_RATE } from './recognizer.ts';

/** Samples before a frame that it hears again with it. */
const CONTEXT = 64;
const MEMORY = [2, 1, 128] as const;
const MEMORY_SIZE = 2 * 128;

export interface SpeechDetector {
  /**
   * @param samples whole frames at `RECOGNIZER_RATE`, -1..1
   * @param state what the last call of this stream gave; undefined at its beginning
   */
  detect(
    samples: Float32Array,
    state: Float32Array | undefined,
  ): Promise<{ readonly probabilities: readonly number[]; readonly state: Float32Array }>;
}

/** Silero VAD 5. */
export async function loadSilero(
  files: Readonly<Record<string, string>>,
  load: LoadFile,
  ort: Ort,
): Promise<SpeechDetector> {
  const model = await ort.createSession(await load(fileOf(files, 'detector')));
  const rate = new ort.Tensor('int64', BigInt64Array.of(BigInt(RECOGNIZER_RATE)), []);
  return {
    async detect(samples, state = new Float32Array(MEMORY_SIZE + CONTEXT)) {
      let memory: Float32Array = state.slice(0, MEMORY_SIZE);
      let context: Float32Array = state.slice(MEMORY_SIZE);
      const probabilities: number[] = [];
      for (let at = 0; at + DETECTOR_FRAME <= samples.length; at += DETECTOR_FRAME) {
        const frame = samples.subarray(at, at + DETECTOR_FRAME);
        const input = new Float32Array(CONTEXT + DETECTOR_FRAME);
        input.set(context);
        input.set(frame, CONTEXT);
        const out = await model.run({
          input: new ort.Tensor('float32', input, [1, input.length]),
          state: new ort.Tensor('float32', memory, MEMORY),
          sr: rate,
        });
        probabilities.push(floats(out, 'output')[0] ?? 0);
        memory = floats(out, 'stateN');
        context = frame.slice(-CONTEXT);
      }
      const next = new Float32Array(MEMORY_SIZE + CONTEXT);
      next.set(memory);
      next.set(context, MEMORY_SIZE);
      return { probabilities, state: next };
    },
  };
}
