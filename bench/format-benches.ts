import { readFileSync } from 'node:fs';
import type { Runtime } from '../test/conformance/server.ts';
import { alternate } from './alternate.ts';
import type { Bench, Figure, Goal, Setup, Table } from './bench.ts';
import { type FormatCase, formatCases, sampleRate } from './format-cases.ts';
import type { FormatTask } from './format-child.ts';
import { delayOfFfmpeg, useOfFfmpeg } from './format-ffmpeg.ts';
import { runModule } from './processes.ts';

const rounds = 7;
const deadlineMs = 120_000;
const bytesPerKB = 1e3;

type Way = Runtime | 'ffmpeg';
interface Measured extends FormatCase {
  readonly name: string;
  readonly way: Way;
}

interface Comparison {
  readonly title: string;
  readonly unit: Figure['unit'];
  readonly measure: FormatTask['measure'];
  readonly rounds: number;
  /** For the ratio of a runtime's figure to ffmpeg's of the same round; without one no ratio is shown. */
  readonly goal?: Goal;
  ofFfmpeg(one: FormatCase): Promise<number>;
  /** From what the child prints to `unit`. */
  readonly scale?: number;
}

/** Ours on each runtime and ffmpeg, all formats, in the rounds that `alternate` makes; ratios are within a round. */
async function compare(setup: Setup, file: string, comparison: Comparison): Promise<Table> {
  const { measure, ofFfmpeg, scale = 1, unit, goal, title } = comparison;
  const ways: readonly Way[] = [...setup.runtimes, 'ffmpeg'];
  const cases: Measured[] = formatCases.flatMap((one) =>
    ways.map((way) => ({ ...one, way, name: `${measure}: ${one.format}, ${way}` })),
  );
  const samples = await alternate(setup, cases, setup.quick ? 1 : comparison.rounds, async (one) => {
    if (one.way === 'ffmpeg') return ofFfmpeg(one);
    const task: FormatTask = { measure, format: one.format, bitrate: one.bitrate, file };
    return Number(await runModule(one.way, 'format-child.ts', task, deadlineMs)) * scale;
  });
  const figures = formatCases.flatMap(({ format }) => {
    const of = (way: Way): readonly number[] =>
      cases
        .filter((one) => one.format === format && one.way === way)
        .flatMap((one) => samples.get(one) ?? []);
    const figures = ways.map((way): Figure => ({ cells: [format, way], unit, samples: of(way) }));
    if (!goal) return figures;
    const theirs = of('ffmpeg');
    const ratios = setup.runtimes.map((runtime): Figure => {
      const shares = of(runtime).map((figure, round) => figure / (theirs[round] ?? Number.NaN));
      return { cells: [format, `${runtime} over ffmpeg`], unit: 'x', samples: shares, goal };
    });
    return [...figures, ...ratios];
  });
  return { title, headings: ['format', 'way'], figures };
}

/** @param file PCM: s16le, one channel, at `sampleRate` */
export function formatBenches(file: string): Bench[] {
  const pcm = readFileSync(file);
  const seconds = pcm.length / 2 / sampleRate;
  const goals = { speed: { atLeast: 0.333 }, delay: { below: 1 } };
  const speed: Comparison = {
    title: 'Seconds of audio for each second of one core',
    unit: 'x',
    measure: 'speed',
    rounds,
    goal: goals.speed,
    ofFfmpeg: async (one) => seconds / (await useOfFfmpeg(one, file)).seconds,
  };
  const delay: Comparison = {
    title: 'Samples in before the first byte of audio is out',
    unit: '',
    measure: 'delay',
    rounds: 1,
    goal: goals.delay,
    ofFfmpeg: (one) => delayOfFfmpeg(one, pcm),
  };
  const memory: Comparison = {
    title: 'Memory for one more stream',
    unit: 'KB',
    measure: 'memory',
    rounds: 3,
    scale: 1 / bytesPerKB,
    ofFfmpeg: async (one) => (await useOfFfmpeg(one, file)).bytes / bytesPerKB,
  };
  const bench = (name: string, about: string, comparison: Comparison): Bench => ({
    name,
    about,
    run: async (setup) => [await compare(setup, file, comparison)],
  });
  return [
    bench(
      'encode speed',
      `${seconds.toFixed(0)} s of speech at ${sampleRate} Hz, encoded with the same bit rate: in a fresh process of each runtime, the second time that it does so, and by ffmpeg on one thread, whose start counts and takes some hundredths of a second. Both count processor time.`,
      speed,
    ),
    bench(
      'first byte',
      'Samples that an encoder takes before it gives any audio, behind the heads of its container; ffmpeg is told not to look ahead and not to buffer, and is fed through a pipe, 64 samples at a time.',
      delay,
    ),
    bench(
      'memory of streams',
      'Resident memory of 64 open streams that are 2 s long so far, divided by 64, in a process that has encoded before; of ffmpeg the whole process, as each stream needs one.',
      memory,
    ),
  ];
}
