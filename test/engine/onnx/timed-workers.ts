import type { InferenceWorker } from '../../../src/core/ports.ts';
import { planWindows } from '../../../src/engine/onnx/latent.ts';
import type { FromWorker, ToWorker } from '../../../src/engine/onnx/protocol.ts';
import type { FakeClock } from '../../stream/fake-clock.ts';

/** As en_US-joe-medium on one core: a frame is 11.6 ms of speech, and a real-time factor of a quarter. */
export const RATE = 22_050;
const SAMPLES_PER_FRAME = 256;
const MS_PER_CHARACTER = 65;
const ENCODE_MS_PER_FRAME = 0.5;
const DECODE_MS_PER_FRAME = 2;
const PADDING_FRAMES = 20;

/** Inference workers that make silence, and take as long for it as real ones on a quiet machine take for speech. */
export interface TimedWorkers {
  readonly spawn: () => InferenceWorker;
  /** Jobs that were begun, and windows that were made, by all workers. */
  readonly jobs: () => number;
  readonly windows: () => number;
}

/** @param slowness a machine that takes so many times as long, now */
export function timedWorkers(clock: FakeClock, slowness: () => number = () => 1): TimedWorkers {
  let jobs = 0;
  let windows = 0;
  const spawn = (): InferenceWorker => {
    const open = new Map<number, Iterator<{ from: number; to: number }>>();
    const framesOf = new Map<number, number>();
    const queue: (() => void)[] = [];
    let busy = false;
    let say: (message: FromWorker) => void = () => {};
    const work = (): void => {
      const next = busy ? undefined : queue.shift();
      next?.();
    };
    const take = (ms: number, done: () => void): void => {
      busy = true;
      clock.alarm(ms * slowness(), () => {
        busy = false;
        done();
        work();
      });
    };
    const decode = (call: number, job: number, before: number): void => {
      const step = open.get(job)?.next();
      const frames = framesOf.get(job) ?? 0;
      if (!step || step.done) {
        say({ kind: 'failed', call, failure: { reason: 'broken', detail: 'closed' } });
        work();
        return;
      }
      const { from, to } = step.value;
      const last = to === frames;
      take(before + (to - from + PADDING_FRAMES) * DECODE_MS_PER_FRAME, () => {
        windows++;
        const pcm = new Uint8Array(2 * SAMPLES_PER_FRAME * (to - from)).fill(1);
        say({ kind: 'window', call, packs: ['en_US-joe-medium'], window: { pcm, last } });
      });
    };
    return {
      post(message) {
        const told = message as ToWorker;
        if (told.kind === 'close') open.delete(told.job);
        if (told.kind === 'open') {
          jobs++;
          const frames = Math.ceil(
            (told.synthesis.text.length * MS_PER_CHARACTER * RATE) / SAMPLES_PER_FRAME / 1000,
          );
          framesOf.set(told.job, frames);
          open.set(told.job, planWindows(frames, told.synthesis.isContinuation));
          queue.push(() => decode(told.call, told.job, frames * ENCODE_MS_PER_FRAME));
        }
        if (told.kind === 'next') queue.push(() => decode(told.call, told.job, 0));
        work();
      },
      onMessage(listener) {
        say = listener;
      },
      onFailure() {},
      async terminate() {},
    };
  };
  return { spawn, jobs: () => jobs, windows: () => windows };
}
