import { type Runtime, startServer } from '../test/conformance/server.ts';
import { alternateRuntimes } from './alternate.ts';
import { askPairs } from './ask-pairs.ts';
import { type Bench, type Counts, countOf } from './bench.ts';
import { figuresOf } from './figures.ts';
import { runtimeName } from './machine.ts';
import { mediansOf, type PairCounts, type PairMedians } from './pairs.ts';
import { withServing } from './processes.ts';

const goalMs = 1.5;
const rounds = { full: 3, quick: 1 } as const;
const pairs: Counts<PairCounts> = {
  full: { warmUp: 200, measured: 400 },
  quick: { warmUp: 50, measured: 100 },
};
const fakeOrigin = new URL('../test/fake-origin.ts', import.meta.url);

/** The origin's audio is short, so that making and sending it does not drown the difference. */
const secondsPerWord = '0.02';
/** So short that fast start leaves it in one piece: a second request to the origin would take part of the cores. */
const body = { text: 'The sea is calm today.', streaming: true, format: 'wav' };

export const overhead: Bench = {
  title: 'overhead',
  about:
    'Time that fish-edge adds to the first byte of the body: the same JSON request (a text of one segment) to a fake Fish-Speech origin that ' +
    'generates at once, direct and through fish-edge, in pairs of alternating order over kept-alive connections on ' +
    'loopback; client, server and origin are processes of their own. A sample is the median of all pairs of a process.',
  async run(setup) {
    const samples = await alternateRuntimes(setup, 'overhead', rounds, (runtime) =>
      measure(runtime, countOf(setup, pairs)),
    );
    const figures = [...samples].flatMap(([runtime, taken]) => {
      const figure = figuresOf([runtimeName(runtime)], taken);
      return [
        figure('direct', 'ms', ({ direct }) => direct),
        figure('through fish-edge', 'ms', ({ through }) => through),
        figure('added', 'ms', ({ added }) => added, { below: goalMs }),
      ];
    });
    return [{ title: 'Added time to first byte', headings: ['runtime', 'way'], figures }];
  },
};

function measure(runtime: Runtime, counts: PairCounts): Promise<PairMedians> {
  return withServing(fakeOrigin, ['--seconds-per-word', secondsPerWord], async (url) => {
    const server = await startServer(runtime, { env: { FISH_BACKEND: url, FISH_CACHE: 'off' } });
    try {
      return mediansOf(await askPairs({ direct: url, through: server.url }, body, counts));
    } finally {
      await server.stop();
    }
  });
}
