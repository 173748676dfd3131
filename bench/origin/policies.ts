import type { Runtime } from '../../test/conformance/server.ts';
import { alternate } from '../alternate.ts';
import { askPairs } from '../ask-pairs.ts';
import { type Bench, type Counts, countOf, type Setup } from '../bench.ts';
import { figuresOf } from '../figures.ts';
import { runtimeName } from '../machine.ts';
import { mediansOf, type PairCounts, type PairMedians, type Pairs } from '../pairs.ts';
import { runModule, withServing } from '../processes.ts';
import { wavHeaderBytes } from '../speech-client.ts';
import { withGateway, withOrigins } from './paced-origins.ts';
import type { PoliciesTask } from './policies-child.ts';

const goalMs = 0.3;
const rounds = { full: 3, quick: 1 } as const;
const pairs: Counts<PairCounts> = {
  full: { warmUp: 400, measured: 800 },
  quick: { warmUp: 200, measured: 200 },
};
const httpPairs: Counts<PairCounts> = {
  full: { warmUp: 200, measured: 400 },
  quick: { warmUp: 50, measured: 100 },
};
const deadlineMs = 120_000;
const child = new URL('./policies-child.ts', import.meta.url);
const bareServer = new URL('./bare-server.ts', import.meta.url);
/** Of the origin that answers over HTTP: its audio must not drown the difference. */
const secondsPerWord = 0.02;

const texts = {
  'one segment': 'The sea is calm and the boats are out.',
  'two segments': 'The storm passed before dawn, and the harbor was quiet.',
} as const;
type TextName = keyof typeof texts;
const textNames = Object.keys(texts) as TextName[];
const caches = ['off', 'on'] as const;
/** Runtimes that run modules as they are. */
const inProcess: readonly Runtime[] = ['node', 'bun'];

interface Case {
  readonly name: string;
  readonly cells: readonly string[];
  measure(): Promise<PairMedians>;
}

export const policies: Bench = {
  title: 'cost of the policies',
  about:
    'Time to first audio through all that stands between a request and its origin (queue, slots, breaker, retry, cache, ' +
    'coalescing, voice, segments, deadlines) and from the origin alone, in pairs of alternating order: in one process with ' +
    'an origin that answers at once, a tenth of a second of audio each time, and nothing found in the cache; and over HTTP ' +
    'with the server and one without the policies. A sample is the median of all pairs of a fresh process.',
  async run(setup) {
    const overHttp = textNames.map((text) => httpCase(text, countOf(setup, httpPairs)));
    const cases = [...processCases(setup), ...overHttp];
    const samples = await alternate(setup, cases, countOf(setup, rounds), ({ measure }) => measure());
    const figures = cases.flatMap((one) => {
      const figure = figuresOf(one.cells, samples.get(one) ?? []);
      return [
        figure('origin alone', 'ms', ({ direct }) => direct),
        figure('with policies', 'ms', ({ through }) => through),
        figure('added', 'ms', ({ added }) => added, { below: goalMs }),
      ];
    });
    const headings = ['where', 'text', 'cache', 'way'];
    return [{ title: 'Added time to first audio', headings, figures }];
  },
};

function processCases(setup: Setup): Case[] {
  const counts = countOf(setup, pairs);
  return inProcess
    .filter((runtime) => setup.runtimes.includes(runtime))
    .flatMap((runtime) =>
      textNames.flatMap((text) => caches.map((cache) => processCase(runtime, text, cache, counts))),
    );
}

function processCase(runtime: Runtime, text: TextName, cache: 'off' | 'on', counts: PairCounts): Case {
  const task: PoliciesTask = { text: texts[text], cache, counts };
  return {
    name: `policies: ${runtime}, ${text}, cache ${cache}`,
    cells: [`in ${runtimeName(runtime)}`, text, cache],
    measure: async () => mediansOf((await runModule(runtime, child, task, deadlineMs)) as Pairs),
  };
}

function httpCase(text: TextName, counts: PairCounts): Case {
  const body = { text: texts[text], streaming: true, format: 'wav' };
  return {
    name: `policies: over HTTP, ${text}`,
    cells: ['over HTTP, node', text, 'off'],
    measure: () =>
      withOrigins({ secondsPerWord, factors: [0] }, ({ urls }) =>
        withGateway('node', urls, {}, ({ url: through }) =>
          withServing(bareServer, urls, async (direct) =>
            mediansOf(await askPairs({ direct, through }, body, counts, wavHeaderBytes)),
          ),
        ),
      ),
  };
}
