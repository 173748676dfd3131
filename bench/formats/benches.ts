import type { Runtime } from '../../test/conformance/server.ts';
import { alternate } from '../alternate.ts';
import {
  type Bench,
  type Counts,
  countOf,
  type Figure,
  type Goal,
  type Setup,
  type Table,
} from '../bench.ts';
import { runModule } from '../processes.ts';
import { type FormatCase, formatCases, sampleRate } from './cases.ts';
import type { FormatTask } from './child.ts';
import { delayOfFfmpeg, useOfFfmpeg } from './ffmpeg.ts';
import { type Speech, speechOf } from './speech.ts';

const deadlineMs = 120_000;
const child = new URL('./child.ts', import.meta.url);
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
  readonly rounds: Counts;
  /** For the ratio of a runtime's figure to ffmpeg's of the same round; without one no ratio is shown. */
  readonly goal?: Goal;
  ofFfmpeg(one: FormatCase, speech: Speech): Promise<number>;
  /** From what the child prints to `unit`. */
  readonly scale?: number;
}

/** Ours on each runtime and ffmpeg, all formats, in the rounds that `alternate` makes; ratios are within a round. */
async function compare(setup: Setup, comparison: Comparison): Promise<Table[]> {
  const { measure, ofFfmpeg, scale = 1, unit, goal, title } = comparison;
  const speech = await speechOf(setup);
  const ways: readonly Way[] = [...setup.runtimes, 'ffmpeg'];
  const cases: Measured[] = formatCases.flatMap((one) =>
    ways.map((way) => ({ ...one, way, name: `${measure}: ${one.format}, ${way}` })),
  );
  const samples = await alternate(setup, cases, countOf(setup, comparison.rounds), async (one) => {
    if (one.way === 'ffmpeg') return ofFfmpeg(one, speech);
    const task: FormatTask = { measure, format: one.format, bitrate: one.bitrate, file: speech.file };
    return Number(await runModule(one.way, child, task, deadlineMs)) * scale;
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
  const notes = [`The speech lasts ${speech.seconds.toFixed(0)} s.`];
  return [{ title, headings: ['format', 'way'], figures, notes }];
}

export const encodeSpeed: Bench = {
  title: 'encode speed',
  about:
    `Speech at ${sampleRate} Hz, encoded with the same bit rate: in a fresh process of each runtime, the second time that ` +
    'it does so, and by ffmpeg on one thread, whose start counts and takes some hundredths of a second. Both count ' +
    'processor time.',
  run: (setup) =>
    compare(setup, {
      title: 'Seconds of audio for each second of one core',
      unit: 'x',
      measure: 'speed',
      rounds: { full: 7, quick: 1 },
      goal: { atLeast: 0.333 },
      ofFfmpeg: async (one, { file, seconds }) => seconds / (await useOfFfmpeg(one, file)).seconds,
    }),
};

export const firstByte: Bench = {
  title: 'first byte',
  about:
    'Samples that an encoder takes before it gives any audio, behind the heads of its container; ffmpeg is told not to ' +
    'look ahead and not to buffer, and is fed through a pipe, 64 samples at a time.',
  run: (setup) =>
    compare(setup, {
      title: 'Samples in before the first byte of audio is out',
      unit: '',
      measure: 'delay',
      rounds: { full: 1, quick: 1 },
      goal: { below: 1 },
      ofFfmpeg: (one, { pcm }) => delayOfFfmpeg(one, pcm),
    }),
};

export const memoryOfStreams: Bench = {
  title: 'memory of streams',
  about:
    'Resident memory of 64 open streams that are 2 s long so far, divided by 64, in a process that has encoded before; ' +
    'of ffmpeg the whole process, as each stream needs one.',
  run: (setup) =>
    compare(setup, {
      title: 'Memory for one more stream',
      unit: 'KB',
      measure: 'memory',
      rounds: { full: 3, quick: 1 },
      scale: 1 / bytesPerKB,
      ofFfmpeg: async (one, { file }) => (await useOfFfmpeg(one, file)).bytes / bytesPerKB,
    }),
};
