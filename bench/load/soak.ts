import { setTimeout as sleep } from 'node:timers/promises';
import { isFlat, percent, type Trend, trendOf } from '../../attack/soak/series.ts';
import type { Runtime } from '../../test/conformance/server.ts';
import type { Bench, Figure, Setup, Table } from '../bench.ts';
import type { Line, Panel } from '../line-chart.ts';
import { runtimeName } from '../machine.ts';
import { alignRows } from '../tables.ts';
import { drawPicture } from './pictures.ts';
import { type Held, type Loaded, withLoaded } from './server.ts';
import { fakeOrigin, sendUsers } from './users.ts';
import type { UsersReport } from './users-child.ts';

const users = 10;
/** Where memory is not flat by then, the soak goes on, up to so many times as long. */
const mostTimes = 3;
const samplesWanted = 40;
const leastEveryMs = 2000;
const mostGrowth = 0.05;

interface Sample extends Held {
  readonly at: number;
}

interface Soak {
  readonly runtime: Runtime;
  readonly samples: readonly Sample[];
  readonly reports: readonly UsersReport[];
}

export const soak: Bench = {
  title: 'soak',
  about:
    `The same mix by ${users} users, over and over, until resident and live memory, each time after a collection, are ` +
    'flat: they grow by at most 5 % from the first third to the last of the time that is looked at, and along its line. ' +
    'The first fifth, in which code is compiled and caches fill, does not count. It ends after three times its length in ' +
    'any case.',
  async run(setup) {
    const soaks: Soak[] = [];
    for (const runtime of setup.runtimes) {
      soaks.push(await withLoaded(runtime, fakeOrigin, {}, (server) => soakOne(setup, runtime, server)));
    }
    const pictures = soaks.map(({ runtime, samples, reports }) =>
      drawPicture(
        setup,
        `soak-${runtime}`,
        `${users} users on ${runtimeName(runtime)}`,
        'seconds',
        panelsOf(samples, reports),
      ),
    );
    return [soakTable(soaks, pictures), goalTable(soaks)];
  },
};

/** Rounds of users, each as long as the soak, with looks at the server meanwhile. */
async function soakOne({ soakSeconds, say }: Setup, runtime: Runtime, server: Loaded): Promise<Soak> {
  const everyMs = Math.max(leastEveryMs, (soakSeconds * 1000) / samplesWanted);
  const began = performance.now();
  const samples: Sample[] = [];
  const reports: UsersReport[] = [];
  for (let round = 0; round < mostTimes; round++) {
    let isOver = false;
    const sent = sendUsers(server.url, users, soakSeconds).finally(() => {
      isOver = true;
    });
    sent.catch(() => {}); // it is awaited below
    while (!isOver && server.lives()) {
      await sleep(everyMs);
      const sample = { at: (performance.now() - began) / 1000, ...(await server.look()) };
      samples.push(sample);
      say(
        `soak: ${runtime}, ${sample.at.toFixed(0)} s, ${sample.residentMB.toFixed(0)} MB resident, ` +
          `${sample.liveMB.toFixed(1)} MB live, ${sample.handles} handles`,
      );
    }
    reports.push(await sent);
    if (trendsOf(runtime, samples).every(([, trend]) => trend && isFlat(trend))) break;
  }
  return { runtime, samples, reports };
}

/** What has to be flat, over the last round or the last half of them. Bun does not count buffers in a comparable way. */
function trendsOf(
  runtime: Runtime,
  samples: readonly Sample[],
): (readonly [what: string, trend: Trend | undefined])[] {
  const last = samples.slice(-Math.max(samplesWanted, Math.ceil(samples.length / 2)));
  const resident = trendOf(last, ({ residentMB }) => residentMB);
  const live = trendOf(last, ({ liveMB }) => liveMB);
  return [['resident memory', resident], ...(runtime === 'bun' ? [] : [['live memory', live] as const])];
}

function panelsOf(samples: readonly Sample[], reports: readonly UsersReport[]): Panel[] {
  const line = (name: string, value: (sample: Sample) => number): Line => ({
    name,
    points: samples.map((sample) => [sample.at, value(sample)] as const),
  });
  const moments = reports.flatMap(({ series }, round) => {
    const before = reports.slice(0, round).reduce((sum, report) => sum + (report.series.at(-1)?.at ?? 0), 0);
    return series.map((moment) => ({ ...moment, at: before + moment.at }));
  });
  const times = (name: string, value: (moment: (typeof moments)[number]) => number): Line => ({
    name,
    points: moments.map((moment) => [moment.at, value(moment)] as const),
  });
  return [
    {
      title: 'memory, MB',
      lines: [line('resident', (one) => one.residentMB), line('live', (one) => one.liveMB)],
    },
    { title: 'open handles', lines: [line('handles', ({ handles }) => handles)] },
    { title: 'whole answer, ms', lines: [times('p99', ({ p99 }) => p99), times('p50', ({ p50 }) => p50)] },
    {
      title: 'answers since the last point',
      lines: [
        times('served', ({ served }) => served),
        times('refused', ({ refused }) => refused),
        times('failed', ({ failed }) => failed),
      ],
    },
  ];
}

function soakTable(soaks: readonly Soak[], pictures: readonly string[]): Table {
  const rows = soaks.map(({ runtime, samples, reports }) => {
    const [first, last] = [samples[0], samples.at(-1)];
    const total = (kind: 'served' | 'refused' | 'failed'): string =>
      String(reports.reduce((sum, { all }) => sum + all[kind], 0));
    const held = (value: (one: Sample) => number): string =>
      `${first ? value(first).toFixed(0) : ''} to ${last ? value(last).toFixed(0) : ''}`;
    const counts = [total('served'), total('refused'), total('failed')];
    const seconds = `${last?.at.toFixed(0) ?? 0} s`;
    const memory = [`${held((one) => one.residentMB)} MB`, `${held((one) => one.liveMB)} MB`];
    return [runtimeName(runtime), seconds, ...counts, ...memory, held((one) => one.handles)];
  });
  const head = ['runtime', 'lasted', 'served', 'refused', 'failed', 'resident', 'live', 'handles'];
  return {
    title: 'What a soak did',
    headings: [],
    figures: [],
    text: [...alignRows([head, ...rows]), ...pictures.flatMap((one) => (one === '' ? [] : ['', one]))].join(
      '\n',
    ),
  };
}

function goalTable(soaks: readonly Soak[]): Table {
  const figures = soaks.flatMap(({ runtime, samples, reports }): Figure[] => {
    const failed = reports.reduce((sum, { all }) => sum + all.failed, 0);
    return [
      ...trendsOf(runtime, samples).map(
        ([what, trend]): Figure => ({
          cells: [runtimeName(runtime), `${what}, its last third over its first`],
          unit: 'x',
          samples: trend ? [1 + Math.max(trend.thirds, trend.line)] : [],
          goal: { atMost: 1 + mostGrowth },
        }),
      ),
      { cells: [runtimeName(runtime), 'failures'], unit: '', samples: [failed], goal: { atMost: 0 } },
    ];
  });
  const notes = soaks.flatMap(({ runtime, samples, reports }) => [
    ...trendsOf(runtime, samples).map(
      ([what, trend]) => `- ${runtimeName(runtime)}, ${what}: ${told(trend)}`,
    ),
    ...reports.flatMap(({ failures }) =>
      Object.entries(failures).map(([line, times]) => `- ${runtimeName(runtime)}: ${times} times ${line}`),
    ),
  ]);
  return { title: 'Whether memory is flat', headings: ['runtime', 'what'], figures, notes };
}

function told(trend: Trend | undefined): string {
  return trend
    ? `${percent(trend.thirds)} from the first third to the last, ${percent(trend.line)} along the line`
    : 'too short to tell';
}
