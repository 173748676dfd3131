import { median, sum } from '../../bench/statistics.ts';
import { table } from '../report.ts';

/** What was seen in one interval. */
export interface Sample {
  /** Seconds since the beginning. */
  readonly at: number;
  /** MB that are resident, after a collection where the runtime can be told to collect. */
  readonly residentMB: number;
  /** MB that live on after it; undefined where nobody can tell. */
  readonly liveMB: number | undefined;
  readonly healthP50: number;
  readonly healthP99: number;
  /** Since the last sample. */
  readonly served: number;
  readonly refused: number;
  readonly failed: number;
  readonly bad: number;
}

export interface Trend {
  /** Growth from the median of the first third to that of the last one, as a share. */
  readonly thirds: number;
  /** Growth of the least-squares line from its beginning to its end, as a share. */
  readonly line: number;
}

/** Caches fill, code is compiled: what grows in the first fifth is no leak. */
const warmUpShare = 0.2;
/** The allocators of a runtime keep more pages for minutes, however little lives in them. */
export const residentWarmUpSeconds = 300;
const leastSamples = 6;
const mostGrowth = 0.05;

/** Of the samples after the warm-up, of at least `warmUpSeconds`; undefined when there are too few to tell. */
export function trendOf<One extends Pick<Sample, 'at'>>(
  samples: readonly One[],
  value: (sample: One) => number,
  warmUpSeconds = 0,
): Trend | undefined {
  const warm = samples
    .slice(Math.floor(samples.length * warmUpShare))
    .filter(({ at }) => at >= warmUpSeconds);
  if (warm.length < leastSamples) return undefined;
  const third = Math.floor(warm.length / 3);
  const values = warm.map(value);
  const [first, last] = [median(values.slice(0, third)), median(values.slice(-third))];
  const meanX = (values.length - 1) / 2;
  const meanY = sum(values) / values.length;
  const covariance = sum(values.map((y, x) => (x - meanX) * (y - meanY)));
  const variance = sum(values.map((_, x) => (x - meanX) ** 2));
  const slope = covariance / variance;
  return { thirds: last / first - 1, line: (slope * (values.length - 1)) / (meanY - slope * meanX) };
}

export function isFlat({ thirds, line }: Trend): boolean {
  return Math.max(thirds, line) <= mostGrowth;
}

export function percent(share: number): string {
  return `${share >= 0 ? '+' : ''}${(share * 100).toFixed(1)} %`;
}

export function renderSeries(samples: readonly Sample[]): string {
  const head = [
    's',
    'resident MB',
    'live MB',
    'health p50 ms',
    'p99 ms',
    'served',
    'refused',
    'failed',
    'bad',
  ];
  const rows = samples.map((one) => [
    one.at.toFixed(0),
    one.residentMB.toFixed(0),
    one.liveMB?.toFixed(1) ?? '',
    one.healthP50.toFixed(1),
    one.healthP99.toFixed(0),
    String(one.served),
    String(one.refused),
    String(one.failed),
    String(one.bad),
  ]);
  return table([head, ...rows]).join('\n');
}
