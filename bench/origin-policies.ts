import { Agent } from 'node:http';
import type { Runtime } from '../test/conformance/server.ts';
import { alternate } from './alternate.ts';
import type { Bench, Figure, Setup, Table } from './bench.ts';
import { runtimeName } from './machine.ts';
import type { PoliciesSample, PoliciesTask } from './origin-policies-child.ts';
import { withGateway, withOrigins } from './origin-processes.ts';
import { endProcess, firstLine, runModule, spawnRuntime } from './processes.ts';
import { ask, wavHeaderBytes } from './speech-client.ts';
import { median } from './statistics.ts';

const goalMs = 0.3;
const rounds = { full: 3, quick: 1 } as const;
const pairs = { full: { warmUp: 400, pairs: 800 }, quick: { warmUp: 200, pairs: 200 } } as const;
const httpPairs = { full: { warmUp: 200, pairs: 400 }, quick: { warmUp: 50, pairs: 100 } } as const;
const deadlineMs = 120_000;
const startDeadlineMs = 20_000;
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

/** Medians of one process, in milliseconds. `added` is that of the differences within pairs. */
interface Sample {
  readonly bare: number;
  readonly through: number;
  readonly added: number;
}

interface Case {
  readonly name: string;
  readonly cells: readonly string[];
  measure(): Promise<Sample>;
}

export const originPolicies: Bench = {
  name: 'cost of the policies',
  about:
    'Time to first audio through all that stands between a request and its origin (queue, slots, breaker, retry, cache, ' +
    'coalescing, voice, segments, deadlines) and from the origin alone, in pairs of alternating order: in one process with ' +
    'an origin that answers at once, a tenth of a second of audio each time, and nothing found in the cache; and over HTTP ' +
    'with the server and one without the policies. A sample is the median of all pairs of a fresh process.',
  async run(setup) {
    const mode = setup.quick ? 'quick' : 'full';
    const cases = [...processCases(setup, mode), ...textNames.map((text) => httpCase(text, mode))];
    const samples = await alternate(setup, cases, rounds[mode], ({ measure }) => measure());
    const figures = cases.flatMap((one): Figure[] => {
      const taken = samples.get(one) ?? [];
      const figure = (what: string, pick: (sample: Sample) => number): Figure => ({
        cells: [...one.cells, what],
        unit: 'ms',
        samples: taken.map(pick),
      });
      return [
        figure('origin alone', ({ bare }) => bare),
        figure('with policies', ({ through }) => through),
        { ...figure('added', ({ added }) => added), goal: { below: goalMs } },
      ];
    });
    const headings = ['where', 'text', 'cache', 'way'];
    return [{ title: 'Added time to first audio', headings, figures }] satisfies Table[];
  },
};

function processCases({ runtimes }: Setup, mode: keyof typeof pairs): Case[] {
  const cases = inProcess.filter((runtime) => runtimes.includes(runtime));
  return cases.flatMap((runtime) =>
    textNames.flatMap((text) =>
      caches.map((cache): Case => {
        const task: PoliciesTask = { text: texts[text], cache, ...pairs[mode] };
        return {
          name: `policies: ${runtime}, ${text}, cache ${cache}`,
          cells: [`in ${runtimeName(runtime)}`, text, cache],
          measure: async () =>
            mediansOf(
              (await runModule(runtime, 'origin-policies-child.ts', task, deadlineMs)) as PoliciesSample,
            ),
        };
      }),
    ),
  );
}

function httpCase(text: TextName, mode: keyof typeof httpPairs): Case {
  return {
    name: `policies: over HTTP, ${text}`,
    cells: ['over HTTP, node', text, 'off'],
    measure: () =>
      withOrigins({ secondsPerWord, factors: [0] }, ({ urls }) =>
        withGateway('node', urls, {}, ({ url }) =>
          withBareServer(urls[0] ?? '', (bare) => comparePairs(bare, url, text, httpPairs[mode])),
        ),
      ),
  };
}

async function withBareServer<Result>(
  origin: string,
  work: (url: string) => Promise<Result>,
): Promise<Result> {
  const child = spawnRuntime('node', ['bench/origin-bare-server.ts', origin]);
  try {
    const { url } = JSON.parse(await firstLine(child, 'stdout', startDeadlineMs)) as { readonly url: string };
    return await work(url);
  } finally {
    await endProcess(child);
  }
}

async function comparePairs(
  bareUrl: string,
  url: string,
  text: TextName,
  counts: { readonly warmUp: number; readonly pairs: number },
): Promise<Sample> {
  const askFor = (at: string): (() => Promise<number>) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const body = { text: texts[text], streaming: true, format: 'wav' };
    return async () => (await ask(at, body, { agent, skipBytes: wavHeaderBytes })).firstMs;
  };
  const [askBare, askThrough] = [askFor(bareUrl), askFor(url)];
  const sample = { bare: [] as number[], through: [] as number[] };
  for (let pair = 0; pair < counts.warmUp + counts.pairs; pair++) {
    const isBareFirst = pair % 2 === 0;
    const early = isBareFirst ? await askBare() : 0;
    const through = await askThrough();
    const bare = isBareFirst ? early : await askBare();
    if (pair < counts.warmUp) continue;
    sample.bare.push(bare);
    sample.through.push(through);
  }
  return mediansOf(sample);
}

function mediansOf({ bare, through }: PoliciesSample): Sample {
  const added = through.map((ms, pair) => ms - (bare[pair] ?? Number.NaN));
  return { bare: median(bare), through: median(through), added: median(added) };
}
