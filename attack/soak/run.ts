import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { residentBytes } from '../../bench/process-memory.ts';
import { canCollect, collectorArgs, collectorOf } from '../../bench/runtimes/collector.ts';
import type { Runtime } from '../../test/conformance/server.ts';
import type { Setup } from '../case.ts';
import { Client } from '../client.ts';
import { Ground } from '../ground.ts';
import { drawSoak } from './plot.ts';
import {
  isFlat,
  percent,
  renderSeries,
  residentWarmUpSeconds,
  type Sample,
  type Trend,
  trendOf,
} from './series.ts';
import { type Done, visit } from './traffic.ts';

const clients = 8;
const bytesPerMB = 1e6;
/** About so many samples in a soak, but not more often than a collection disturbs. */
const samplesWanted = 90;
const leastEveryMs = 4000;
const endDeadlineMs = 60_000;
const mostShown = 8;

/** Small stores, so that they are full when the warm-up ends: memory that grows until a bound is reached is no leak. */
const setup: Setup = {
  keys: Array.from({ length: clients }, (_, index) => `client-${index}`),
  fake: { secondsPerWord: 0.1, references: ['anna'] },
  env: {
    FISH_CACHE_MAX_BYTES: '4MiB',
    FISH_LINKS_MAX_AGE: '20s',
    FISH_CACHE_MAX_AGE: '20s',
    FISH_LOG_LEVEL: 'error',
  },
};

interface Soak {
  readonly runtime: Runtime;
  readonly samples: readonly Sample[];
  readonly honest: number;
  readonly refused: number;
  readonly failures: Readonly<Record<string, number>>;
  readonly bad: Readonly<Record<string, number>>;
  readonly resident: Trend | undefined;
  readonly live: Trend | undefined;
  readonly why: readonly string[];
}

/** Soaks one runtime after the other. Whether each of them held. */
export async function runSoaks(
  runtimes: readonly Runtime[],
  { seconds, plot }: { readonly seconds: number; readonly plot: string | undefined },
  json: boolean,
  say: (line: string) => void,
): Promise<boolean> {
  const soaks: Soak[] = [];
  for (const runtime of runtimes) {
    const soak = await soakOne(runtime, seconds, say);
    soaks.push(soak);
    if (!json) process.stdout.write(`${render(soak, seconds)}\n`);
    if (plot === undefined) continue;
    const file = runtimes.length === 1 ? plot : plot.replace(/(\.svg)?$/, `-${runtime}.svg`);
    await writeFile(file, drawSoak(`${runtime}, ${seconds} s`, soak.samples));
    say(`${file} is written`);
  }
  if (json) process.stdout.write(`${JSON.stringify(soaks, null, 2)}\n`);
  return soaks.every(({ why }) => why.length === 0);
}

async function soakOne(runtime: Runtime, seconds: number, say: (line: string) => void): Promise<Soak> {
  const ground = await Ground.start(runtime, setup, collectorArgs(runtime));
  const { url } = ground.server;
  const client = new Client(url);
  const done: Done[] = [];
  const failures: Record<string, number> = {};
  const bad: Record<string, number> = {};
  const counts = { honest: 0, refused: 0 };
  const tell = (one: Done): void => {
    done.push(one);
    if (one.outcome === 'bad') bad[`${one.kind}: ${one.got}`] = (bad[`${one.kind}: ${one.got}`] ?? 0) + 1;
    else counts.honest++;
    if (one.outcome === 'refused') counts.refused++;
    if (one.outcome !== 'failed') return;
    const line = `${one.kind}: ${one.got}`;
    failures[line] = (failures[line] ?? 0) + 1;
  };
  const over = AbortSignal.timeout(seconds * 1000);
  const visits = Array.from({ length: clients }, (_, index) =>
    visit({ url, client, key: `client-${index}`, seed: index + 1 }, over, tell),
  );
  try {
    const samples = await watch(runtime, ground, seconds, over, () => done.splice(0), say);
    await Promise.race([Promise.all(visits), sleep(endDeadlineMs)]);
    const resident = trendOf(samples, ({ residentMB }) => residentMB, residentWarmUpSeconds);
    const live = canCollect(runtime) ? trendOf(samples, ({ liveMB }) => liveMB ?? 0) : undefined;
    const failed = Object.values(failures).reduce((sum, one) => sum + one, 0);
    const why = [
      ...(failed > 0 ? [`${failed} of ${counts.honest} honest requests failed`] : []),
      ...(resident && !isFlat(resident) ? ['resident memory grew'] : []),
      ...(live && !isFlat(live) ? ['live memory grew'] : []),
      ...(ground.ended ? ['the server died'] : []),
    ];
    return { runtime, samples, ...counts, failures, bad, resident, live, why };
  } finally {
    client.close();
    await ground.stop();
  }
}

/** Samples until `over`; `take` gives what was done since the last time. */
async function watch(
  runtime: Runtime,
  ground: Ground,
  seconds: number,
  over: AbortSignal,
  take: () => readonly Done[],
  say: (line: string) => void,
): Promise<Sample[]> {
  const { server } = ground;
  const collect = collectorOf(server, () => server.logs);
  const everyMs = Math.max(leastEveryMs, (seconds * 1000) / samplesWanted);
  const began = Date.now();
  const samples: Sample[] = [];
  while (!over.aborted && !ground.ended) {
    const from = Date.now();
    await sleep(everyMs);
    const seen = await ground.seen({ from, to: Date.now() });
    const live = canCollect(runtime) ? await collect() : undefined;
    const resident = await residentBytes(runtime, server);
    const since = take();
    const count = (outcome: Done['outcome']): number => since.filter((one) => one.outcome === outcome).length;
    const sample: Sample = {
      at: (Date.now() - began) / 1000,
      residentMB: resident / bytesPerMB,
      liveMB: live === undefined ? undefined : live / bytesPerMB,
      healthP50: seen.p50,
      healthP99: seen.p99,
      served: count('served'),
      refused: count('refused'),
      failed: count('failed'),
      bad: count('bad'),
    };
    samples.push(sample);
    const left = Math.max(0, seconds - sample.at).toFixed(0);
    say(
      `${runtime}: ${sample.residentMB.toFixed(0)} MB, health p99 ${seen.p99.toFixed(0)} ms, ${sample.failed} failed; ${left} s to go`,
    );
  }
  return samples;
}

function render(soak: Soak, seconds: number): string {
  const { runtime, samples, honest, refused, failures, bad, resident, live, why } = soak;
  const trend = (name: string, one: Trend | undefined): string =>
    one
      ? `${name}: ${percent(one.thirds)} from the first third to the last, ${percent(one.line)} along the line`
      : `${name}: too short to tell`;
  const worst = Object.entries(failures)
    .sort(([, a], [, b]) => b - a)
    .slice(0, mostShown);
  const badCount = Object.values(bad).reduce((sum, one) => sum + one, 0);
  return [
    `## ${runtime}, ${seconds} s`,
    '',
    renderSeries(samples),
    '',
    `- ${honest} honest requests, ${refused} of them refused with Retry-After; ${badCount} bad ones`,
    `- ${trend('resident memory', resident)}`,
    ...(live ? [`- ${trend('live memory', live)}`] : []),
    ...worst.map(([line, times]) => `- failed ×${times}: ${line}`),
    `- ${why.length === 0 ? 'PASS' : `FAIL: ${why.join('; ')}`}`,
    '',
  ].join('\n');
}
