import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Runtime } from '../../test/conformance/server.ts';
import { alternate } from '../alternate.ts';
import { keptAlive } from '../ask-pairs.ts';
import { type Bench, type Counts, countOf, type Figure, type Setup } from '../bench.ts';
import { runtimeName } from '../machine.ts';
import { percentile } from '../statistics.ts';
import { textsOf } from '../texts.ts';
import { listen } from './listener.ts';
import { secondsPerWord, withGateway, withOrigins } from './paced-origins.ts';

const goalMs = 2;
const rounds = { full: 3, quick: 1 } as const;
const asks: Counts<Asks> = { full: { warmUp: 50, measured: 150 }, quick: { warmUp: 30, measured: 60 } };
const tail = 0.95;

const stores = ['memory', 'sqlite'] as const;
type Store = (typeof stores)[number];
const texts = {
  'one segment': 'The sea is calm and the boats are out.',
  '60 words': textsOf(60)[0] ?? '',
} as const;
type TextName = keyof typeof texts;

/** How many do not count, and how many do. */
interface Asks {
  readonly warmUp: number;
  readonly measured: number;
}

interface Case {
  readonly name: string;
  readonly runtime: Runtime;
  readonly store: Store;
  readonly text: TextName;
}

/** Milliseconds: the median and the tail of one process. */
interface Sample {
  readonly middle: number;
  readonly late: number;
}

export const cached: Bench = {
  title: 'speech from the cache',
  about:
    'Time from a request to its first audio, when it was asked for and made before (with a seed): one request at a time ' +
    'over a kept-alive connection, of a client in a process of its own. Workers keep speech in the Cache API. A sample is ' +
    'the median, or the 95th percentile, of one fresh process.',
  async run(setup) {
    const cases = setup.runtimes.flatMap((runtime) =>
      storesOf(runtime).flatMap((store) =>
        (Object.keys(texts) as TextName[]).map((text): Case => {
          return { name: `cached: ${runtime}, ${store}, ${text}`, runtime, store, text };
        }),
      ),
    );
    const samples = await alternate(setup, cases, countOf(setup, rounds), (one) =>
      measure(setup, one, countOf(setup, asks)),
    );
    const figures = cases.flatMap((one): Figure[] => {
      const taken = samples.get(one) ?? [];
      const kept = one.runtime === 'workers' ? 'cache' : one.store;
      const cells = [runtimeName(one.runtime), kept, one.text];
      const middles = taken.map(({ middle }) => middle);
      const lates = taken.map(({ late }) => late);
      return [
        { cells: [...cells, 'p50'], unit: 'ms', samples: middles, goal: { below: goalMs } },
        { cells: [...cells, 'p95'], unit: 'ms', samples: lates },
      ];
    });
    return [{ title: 'First audio of a hit', headings: ['runtime', 'store', 'text', 'figure'], figures }];
  },
};

function storesOf(runtime: Runtime): readonly Store[] {
  return runtime === 'workers' ? ['memory'] : stores;
}

async function measure(setup: Setup, { runtime, store, text }: Case, counts: Asks): Promise<Sample> {
  await mkdir(setup.dataDir, { recursive: true });
  const dataDir = await mkdtemp(join(setup.dataDir, 'bench-cached-')); // Deno may write nowhere else
  try {
    return await withOrigins({ secondsPerWord, factors: [0] }, ({ urls }) => {
      const env = { FISH_CACHE: 'on', FISH_STATE: store, FISH_DATA_DIR: dataDir };
      return withGateway(runtime, urls, env, ({ url }) => askAgain(url, text, counts));
    });
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function askAgain(url: string, text: TextName, counts: Asks): Promise<Sample> {
  const agent = keptAlive();
  const times: number[] = [];
  for (let ask = 0; ask < counts.warmUp + counts.measured; ask++) {
    const { firstMs, headers, status, end } = await listen(url, { text: texts[text], seed: 1 }, { agent });
    if (ask < counts.warmUp) continue;
    if (firstMs === undefined || headers['x-cache'] !== 'hit')
      throw new Error(`what was said is not kept: ${status}, ${headers['x-cache']}, ${end}`);
    times.push(firstMs);
  }
  agent.destroy();
  return { middle: percentile(times, 1 / 2), late: percentile(times, tail) };
}
