import type { Runtime } from '../../test/conformance/server.ts';
import { alternateRuntimes } from '../alternate.ts';
import { type Bench, type Counts, countOf } from '../bench.ts';
import { figuresOf } from '../figures.ts';
import { runtimeName } from '../machine.ts';
import { type PairCounts, ratiosOf, takePairs } from '../pairs.ts';
import { median } from '../statistics.ts';
import { withBare } from './bare.ts';
import { fetchAll, type Ways, withServer } from './loaded-server.ts';
import { bytesOf } from './loads.ts';

const goalRatio = 0.6;
const rounds = { full: 5, quick: 1 } as const;
const pairs: Counts<PairCounts> = { full: { warmUp: 1, measured: 5 }, quick: { warmUp: 1, measured: 3 } };
const bytesPerMB = 1e6;
const msPerSecond = 1000;

/** MB of audio a second. */
interface Rates {
  readonly direct: number;
  readonly through: number;
  readonly ratio: number;
}

interface Sample {
  readonly edge: Rates;
  readonly bare: Rates;
}

export const passThrough: Bench = {
  title: 'pass-through',
  about:
    `One streamed body of ${bytesOf('flood') / bytesPerMB} MB of headerless PCM, that the origin sends as fast as it is ` +
    'read: through fish-edge and from the origin itself, in pairs of alternating order after a first one that does not ' +
    'count; client, server and origin are processes of their own. A sample is the median of all pairs of a fresh server. ' +
    'A bare proxy is the floor: what the same runtime does with its own server and client (on Node undici.request, ' +
    'as fetch takes twice as long) and nothing in between.',
  async run(setup) {
    const samples = await alternateRuntimes(setup, 'pass-through', rounds, (runtime) =>
      measure(runtime, countOf(setup, pairs)),
    );
    const figures = [...samples].flatMap(([runtime, taken]) => {
      const figure = figuresOf([runtimeName(runtime)], taken);
      return [
        figure('direct', 'MB/s', ({ edge }) => edge.direct),
        figure('through fish-edge', 'MB/s', ({ edge }) => edge.through),
        figure('through / direct', 'x', ({ edge }) => edge.ratio, { atLeast: goalRatio }),
        figure('bare proxy / direct', 'x', ({ bare }) => bare.ratio),
      ];
    });
    return [{ title: 'Pass-through of a large body', headings: ['runtime', 'way'], figures }];
  },
};

async function measure(runtime: Runtime, counts: PairCounts): Promise<Sample> {
  const edge = await withServer(runtime, (_, ways) => compareRates(ways, counts));
  return { edge, bare: await withBare(runtime, (_, ways) => compareRates(ways, counts)) };
}

async function compareRates({ direct, through }: Ways, counts: PairCounts): Promise<Rates> {
  const taken = await takePairs(
    () => rateOf(direct),
    () => rateOf(through),
    counts,
  );
  return { direct: median(taken.direct), through: median(taken.through), ratio: median(ratiosOf(taken)) };
}

async function rateOf(url: string): Promise<number> {
  return bytesOf('flood') / bytesPerMB / ((await fetchAll(url, 'flood')) / msPerSecond);
}
