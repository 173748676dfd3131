import type { Runtime } from '../test/conformance/server.ts';
import { alternate } from './alternate.ts';
import { withBare } from './bare.ts';
import type { Bench, Figure } from './bench.ts';
import { fetchAll, type Ways, withServer } from './loaded-server.ts';
import { bytesOf } from './loads.ts';
import { runtimeName } from './machine.ts';
import { median } from './statistics.ts';

const goalRatio = 0.6;
const rounds = { full: 5, quick: 1 } as const;
const pairs = { full: 5, quick: 3 } as const;
const bytesPerMB = 1e6;
const msPerSecond = 1000;

/** MB of audio a second. */
interface Sample {
  readonly direct: number;
  readonly through: number;
  readonly ratio: number;
}

interface Pair {
  readonly edge: Sample;
  readonly bare: Sample;
}

export const flood: Bench = {
  name: 'pass-through',
  about:
    `One streamed body of ${bytesOf('flood') / bytesPerMB} MB of headerless PCM, that the origin sends as fast as it is ` +
    'read: through fish-edge and from the origin itself, in pairs of alternating order after a first one that does not ' +
    'count; client, server and origin are processes of their own. A sample is the median of all pairs of a fresh server. ' +
    'A bare proxy is the floor: what the same runtime does with its own server and client (on Node undici.request, ' +
    'as fetch takes twice as long) and nothing in between.',
  async run(setup) {
    const mode = setup.quick ? 'quick' : 'full';
    const cases = setup.runtimes.map((runtime) => ({ name: `pass-through: ${runtime}`, runtime }));
    const samples = await alternate(setup, cases, rounds[mode], ({ runtime }) =>
      measure(runtime, pairs[mode]),
    );
    const figures = cases.flatMap((one): Figure[] => {
      const taken = samples.get(one) ?? [];
      const figure = (what: string, unit: Figure['unit'], pick: (sample: Pair) => number): Figure => ({
        cells: [runtimeName(one.runtime), what],
        unit,
        samples: taken.map(pick),
      });
      return [
        figure('direct', 'MB/s', ({ edge }) => edge.direct),
        figure('through fish-edge', 'MB/s', ({ edge }) => edge.through),
        { ...figure('through / direct', 'x', ({ edge }) => edge.ratio), goal: { atLeast: goalRatio } },
        figure('bare proxy / direct', 'x', ({ bare }) => bare.ratio),
      ];
    });
    return [{ title: 'Pass-through of a large body', headings: ['runtime', 'way'], figures }];
  },
};

async function measure(runtime: Runtime, count: number): Promise<Pair> {
  const edge = await withServer(runtime, (_, ways) => comparePairs(ways, count));
  return { edge, bare: await withBare(runtime, (_, ways) => comparePairs(ways, count)) };
}

async function comparePairs(ways: Ways, count: number): Promise<Sample> {
  await comparePair(ways, true);
  const taken: Sample[] = [];
  for (let pair = 0; pair < count; pair++) taken.push(await comparePair(ways, pair % 2 === 0));
  const middle = (pick: (sample: Sample) => number): number => median(taken.map(pick));
  return {
    direct: middle(({ direct }) => direct),
    through: middle(({ through }) => through),
    ratio: middle(({ ratio }) => ratio),
  };
}

async function comparePair(ways: Ways, isDirectFirst: boolean): Promise<Sample> {
  const early = isDirectFirst ? await rateOf(ways.direct) : 0;
  const through = await rateOf(ways.through);
  const direct = isDirectFirst ? early : await rateOf(ways.direct);
  return { direct, through, ratio: through / direct };
}

async function rateOf(url: string): Promise<number> {
  return bytesOf('flood') / bytesPerMB / ((await fetchAll(url, 'flood')) / msPerSecond);
}
