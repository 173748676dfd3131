import { writeFileSync } from 'node:fs';
import { installedPacks } from '../../src/adapters/local/packs.ts';
import { findPack } from '../../src/engine/onnx/packs/manifest.ts';
import { candidatesOf } from '../../src/engine/onnx/tuning/candidates.ts';
import type { Candidate } from '../../src/engine/onnx/tuning/choose.ts';
import { installNative } from '../../test/native-runtime.ts';
import { type Bench, defaultPack, type Figure, type Goal, type Setup, type Table } from '../bench.ts';
import { median } from '../statistics.ts';
import type { VoiceSample } from './child.ts';
import { drawPicture, type Point } from './picture.ts';
import { type Case, listenTo, measureRounds } from './rounds.ts';

const recognizerPack = 'moonshine-tiny';
const picture = new URL('../../docs/voices.svg', import.meta.url);
const threads = [1, 2];
/** Further rounds begin only as long as they end by then. */
const BUDGET_MS = 8 * 60_000;

type Metric = keyof VoiceSample;

export const voices: Bench = {
  title: 'voices',
  about:
    'Every installed voice pack on WebAssembly and on onnxruntime-node, with one worker of one and of two threads, through the engine as the ' +
    'server builds it on Node. Factor: time to speak a paragraph of 60 words (a voice that is slow: its first 33) over the length of its audio. CPU: ' +
    'processor seconds of all threads for a second of audio. First audio: of a text of ten words, median of three (a voice that is slow: of one). Load: until a new worker has spoken a ' +
    'word. Peak: the most memory the process had. Misheard: words of a hundred, of the sentences of the round trip (Piper: all 46, else every fourth), by Moonshine tiny ' +
    'with faint noise around them.',
  async run(setup) {
    defaultPack(setup);
    const runtimes = await runtimesOf(setup);
    const cases = casesOf(candidatesOf(setup.packs, { runtimes, cores: Math.max(...threads) }));
    const packs = await installedPacks(setup.dataDir);
    const recognizer = packs.find(({ id }) => id === recognizerPack)?.files;
    if (!recognizer) setup.fail(`${recognizerPack} is not installed: nobody listens.`);
    let heard: ReadonlyMap<Case, number> = new Map();
    const samples = await measureRounds(setup, cases, performance.now() + BUDGET_MS, async () => {
      if (recognizer) heard = await listenTo(setup, cases, recognizer);
    });
    const figures = cases.map(
      (one): Row => ({ one, samples: samples.get(one) ?? [], misheard: heard.get(one) }),
    );
    const rows = figures.map((row) => ({ ...row, misheard: row.misheard ?? misheardBy(figures, row.one) }));
    if (setup.write) writeFileSync(picture, drawPicture(pointsOf(rows)));
    return [
      { title: 'Voices', headings: [], figures: [], text: tableOf(rows) },
      { title: 'Their goals', headings: ['voice', 'inference', 'threads', 'what'], figures: goalsOf(rows) },
    ];
  },
};

/** Where the native one cannot be had its rows say that they failed. */
async function runtimesOf({ say, fail }: Setup): Promise<('wasm' | 'native')[]> {
  await installNative(say).catch((error: unknown) => fail(`onnxruntime-node: ${String(error)}`));
  return ['wasm', 'native'];
}

function casesOf(candidates: readonly Candidate[]): Case[] {
  return candidates
    .filter((one) => threads.includes(one.threads))
    .map((one) => ({
      ...one,
      name: `voices: ${one.voice}, ${one.runtime}, ${one.threads} threads`,
      isQuick: findPack(one.pack)?.family === 'piper',
      isHeard: one.threads === 1,
    }));
}

interface Row {
  readonly one: Case;
  readonly samples: readonly VoiceSample[];
  readonly misheard: number | undefined;
}

/** The same voice on the same runtime says the same with two threads. */
function misheardBy(rows: readonly Row[], one: Case): number | undefined {
  const same = ({ one: other, misheard }: Row): boolean =>
    misheard !== undefined && other.voice === one.voice && other.runtime === one.runtime;
  return rows.find(same)?.misheard;
}

const middle = ({ samples }: Row, metric: Metric): number => median(samples.map((sample) => sample[metric]));

function tableOf(rows: readonly Row[]): string {
  const head = [
    'voice',
    'inference',
    'threads',
    'precision',
    'factor',
    'CPU',
    'first audio',
    'load',
    'peak',
    'misheard',
    'n',
  ];
  const cells = rows.map((row) => [
    row.one.voice,
    row.one.runtime,
    String(row.one.threads),
    row.one.precision,
    ...(row.samples.length > 0
      ? [
          middle(row, 'factor').toFixed(3),
          middle(row, 'cpu').toFixed(3),
          `${middle(row, 'firstAudioMs').toFixed(0)} ms`,
          `${(middle(row, 'loadMs') / 1000).toFixed(1)} s`,
          `${middle(row, 'peakMB').toFixed(0)} MB`,
        ]
      : ['failed', '', '', '', '']),
    row.misheard === undefined ? '' : `${row.misheard.toFixed(1)} %`,
    String(row.samples.length),
  ]);
  const lines = [head, head.map(() => '---'), ...cells].map((row) => `| ${row.join(' | ')} |`);
  return [...lines, '', '![Words misheard against processor time](voices.svg)'].join('\n');
}

/** Of two cores that nobody else uses. */
const goals: readonly (readonly [
  voice: string,
  runtime: string,
  threads: number,
  metric: Metric,
  what: string,
  Goal,
])[] = [
  ['en_US-joe-medium', 'wasm', 1, 'cpu', 'processor seconds a second', { atMost: 0.13 }],
  ['en_US-joe-medium', 'native', 1, 'cpu', 'processor seconds a second', { atMost: 0.1 }],
  ['en_US-joe-medium', 'wasm', 1, 'firstAudioMs', 'first audio', { below: 200 }],
  ['en_US-joe-medium', 'native', 1, 'firstAudioMs', 'first audio', { below: 150 }],
  ['en_US-joe-medium', 'wasm', 1, 'peakMB', 'peak memory', { below: 250 }],
  ['af_heart', 'native', 1, 'cpu', 'processor seconds a second', { atMost: 0.76 }],
  ['af_heart', 'native', 2, 'factor', 'real-time factor', { atMost: 0.45 }],
  ['af_heart', 'native', 1, 'firstAudioMs', 'first audio', { below: 900 }],
];
const units: Readonly<Record<Metric, Figure['unit']>> = {
  factor: '',
  cpu: '',
  firstAudioMs: 'ms',
  loadMs: 'ms',
  peakMB: 'MB',
};
/** Words of a hundred. */
const clear: Readonly<Record<string, number>> = { 'en_US-joe-medium': 3.5, af_heart: 0.5 };

function goalsOf(rows: readonly Row[]): Table['figures'] {
  const measured = rows.flatMap((row) =>
    goals
      .filter(
        ([voice, runtime, of]) =>
          voice === row.one.voice && runtime === row.one.runtime && of === row.one.threads,
      )
      .map(([voice, runtime, of, metric, what, goal]): Figure => {
        const samples = row.samples.map((sample) => sample[metric]);
        return { cells: [voice, runtime, String(of), what], unit: units[metric], samples, goal };
      }),
  );
  const heard = rows.flatMap(({ one, misheard }): Figure[] => {
    const atMost = clear[one.voice];
    if (misheard === undefined || atMost === undefined || !one.isHeard) return [];
    const cells = [one.voice, one.runtime, '', 'words of a hundred misheard'];
    return [{ cells, unit: '', samples: [misheard], goal: { atMost } }];
  });
  return [...measured, ...heard];
}

function pointsOf(rows: readonly Row[]): Point[] {
  return rows.flatMap((row) =>
    row.misheard === undefined || row.samples.length === 0
      ? []
      : [
          {
            x: middle(row, 'factor'),
            y: row.misheard,
            label: `${row.one.voice}, ${row.one.runtime}, ${row.one.threads} ${row.one.threads === 1 ? 'thread' : 'threads'}`,
          },
        ],
  );
}
