import { Agent } from 'node:http';
import { type Runtime, startServer } from '../test/conformance/server.ts';
import { alternate } from './alternate.ts';
import type { Bench, Figure } from './bench.ts';
import { runtimeName } from './machine.ts';
import { endProcess, firstLine, spawnRuntime } from './processes.ts';
import { ask } from './speech-client.ts';
import { median } from './statistics.ts';

const goalMs = 1.5;
const rounds = 3;
const pairs = { warmUp: 200, measured: 400 } as const;
const quickPairs = { warmUp: 50, measured: 100 } as const;
const startDeadlineMs = 20_000;

/** The origin's audio is short, so that making and sending it does not drown the difference. */
const secondsPerWord = '0.02';
const body = { text: 'The sea is calm and the boats are out.', streaming: true, format: 'wav' };

/** Medians of one process, in milliseconds. */
interface Sample {
  readonly direct: number;
  readonly through: number;
  /** Of the differences within pairs. */
  readonly added: number;
}

export const overhead: Bench = {
  name: 'overhead',
  about:
    'Time that fish-edge adds to the first byte of the body: the same JSON request to a fake Fish-Speech origin that ' +
    'generates at once, direct and through fish-edge, in pairs of alternating order over kept-alive connections on ' +
    'loopback; client, server and origin are processes of their own. A sample is the median of all pairs of a process.',
  async run(setup) {
    const cases = setup.runtimes.map((runtime) => ({ name: `overhead: ${runtime}`, runtime }));
    const samples = await alternate(setup, cases, setup.quick ? 1 : rounds, ({ runtime }) =>
      measure(runtime, setup.quick ? quickPairs : pairs),
    );
    const figures = cases.flatMap((one): Figure[] => {
      const taken = samples.get(one) ?? [];
      const figure = (what: string, pick: (sample: Sample) => number): Figure => ({
        cells: [runtimeName(one.runtime), what],
        unit: 'ms',
        samples: taken.map(pick),
      });
      return [
        figure('direct', ({ direct }) => direct),
        figure('through fish-edge', ({ through }) => through),
        { ...figure('added', ({ added }) => added), goal: { below: goalMs } },
      ];
    });
    return [{ title: 'Added time to first byte', headings: ['runtime', 'way'], figures }];
  },
};

async function measure(runtime: Runtime, counts: { warmUp: number; measured: number }): Promise<Sample> {
  const origin = spawnRuntime('node', ['test/fake-origin.ts', '--seconds-per-word', secondsPerWord]);
  try {
    const { url } = JSON.parse(await firstLine(origin, 'stdout', startDeadlineMs)) as { url: string };
    const server = await startServer(runtime, { env: { FISH_BACKEND: url, FISH_CACHE: 'off' } });
    try {
      return await comparePairs(url, server.url, counts);
    } finally {
      await server.stop();
    }
  } finally {
    await endProcess(origin);
  }
}

async function comparePairs(
  direct: string,
  through: string,
  counts: { warmUp: number; measured: number },
): Promise<Sample> {
  const agents = { direct: keptAlive(), through: keptAlive() };
  const times = { direct: [] as number[], through: [] as number[], added: [] as number[] };
  const askDirect = async (): Promise<number> => (await ask(direct, body, { agent: agents.direct })).firstMs;
  const askThrough = async (): Promise<number> =>
    (await ask(through, body, { agent: agents.through })).firstMs;
  for (let pair = 0; pair < counts.warmUp + counts.measured; pair++) {
    const isDirectFirst = pair % 2 === 0;
    const early = isDirectFirst ? await askDirect() : 0;
    const via = await askThrough();
    const plain = isDirectFirst ? early : await askDirect();
    if (pair < counts.warmUp) continue;
    times.direct.push(plain);
    times.through.push(via);
    times.added.push(via - plain);
  }
  agents.direct.destroy();
  agents.through.destroy();
  return { direct: median(times.direct), through: median(times.through), added: median(times.added) };
}

function keptAlive(): Agent {
  return new Agent({ keepAlive: true, maxSockets: 1 });
}
