import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Runtime, startServer } from '../../test/conformance/server.ts';
import { alternate } from '../alternate.ts';
import { askPairs } from '../ask-pairs.ts';
import { type Bench, type Counts, countOf, type Figure, type Setup, type Table } from '../bench.ts';
import { runtimeName } from '../machine.ts';
import { mediansOf, type PairCounts } from '../pairs.ts';
import { residentBytes } from '../process-memory.ts';
import { withBare } from './bare.ts';
import { connections, countAnswers } from './count-answers.ts';
import { type Ways, withServer } from './loaded-server.ts';
import { bodyFor } from './loads.ts';
import { hasNginx, withNginx } from './nginx.ts';

const rounds = { full: 5, quick: 1 } as const;
const pairs: Counts<PairCounts> = {
  full: { warmUp: 100, measured: 300 },
  quick: { warmUp: 20, measured: 50 },
};
const seconds = 3;
const warmUpSeconds = 1;
const bytesPerMB = 1e6;

/** Another checkout of this repository, with its own `npm ci`. */
const otherTree = process.env.BENCH_BESIDE;

type Measure = (work: (server: { readonly pid: number }, ways: Ways) => Promise<Sample>) => Promise<Sample>;

/** Who stands between the client and the origin. */
interface Proxy {
  readonly name: string;
  readonly runtime: Runtime;
  readonly runtimeCell: string;
  readonly way: string;
  readonly run: Measure;
}

interface Sample {
  readonly addedMs: number;
  readonly perSecond: number;
  readonly MB: number;
}

export const beside: Bench = {
  title: 'beside an older commit',
  about:
    'The same three figures of this commit, of another one, of a bare proxy on the same runtime, and of nginx, all in one run in ' +
    'alternating order: what each adds to the first byte of a short speech; how many such speeches it answers a second over ' +
    `${connections} kept-alive connections, with one request at a time on each; and its resident memory after that. ` +
    'BENCH_BESIDE names a checkout of the other commit; without it there is none.',
  async run(setup) {
    const proxies = await proxiesOf(setup);
    const samples = await alternate(setup, proxies, countOf(setup, rounds), ({ run, runtime }) =>
      run((server, ways) => measure(runtime, server, ways, countOf(setup, pairs))),
    );
    const table = (title: string, unit: Figure['unit'], pick: (sample: Sample) => number): Table => ({
      title,
      headings: ['runtime', 'way'],
      figures: figuresOf(samples, unit, pick),
    });
    return [
      table('Added time to the first byte', 'ms', ({ addedMs }) => addedMs),
      table('Speeches a second', '/s', ({ perSecond }) => perSecond),
      table('Resident memory after them', 'MB', ({ MB }) => MB),
    ];
  },
};

async function proxiesOf({ runtimes, say }: Setup): Promise<Proxy[]> {
  const other = otherTree === undefined ? undefined : await startOf(otherTree);
  const proxies = runtimes.flatMap((runtime): Proxy[] => {
    const runtimeCell = runtimeName(runtime);
    const proxy = (way: string, run: Measure): Proxy => ({
      name: `beside: ${runtimeCell}, ${way}`,
      runtime,
      runtimeCell,
      way,
      run,
    });
    return [
      proxy(mine, (work) => withServer(runtime, work)),
      ...(other ? [proxy(older, (work) => withServer(runtime, work, [], other))] : []),
      proxy('bare proxy', (work) => withBare(runtime, work)),
    ];
  });
  if (hasNginx()) {
    proxies.push({
      name: 'beside: nginx',
      runtime: 'node',
      runtimeCell: 'nginx',
      way: 'bare proxy',
      run: withNginx,
    });
  } else say('nginx is not installed: its rows are missing');
  return proxies;
}

const mine = 'this commit';
const older = 'the other commit';

async function startOf(tree: string): Promise<typeof startServer> {
  const module = pathToFileURL(join(resolve(tree), 'test/conformance/server.ts')).href;
  return ((await import(module)) as { startServer: typeof startServer }).startServer;
}

async function measure(
  runtime: Runtime,
  server: { readonly pid: number },
  ways: Ways,
  counts: PairCounts,
): Promise<Sample> {
  const { added } = mediansOf(await askPairs(ways, bodyFor('short'), counts));
  await countAnswers(ways.through, question, warmUpSeconds);
  const count = await countAnswers(ways.through, question, seconds);
  const MB = (await residentBytes(runtime, server)) / bytesPerMB;
  return { addedMs: added, perSecond: count / seconds, MB };
}

function question(host: string): string {
  const body = JSON.stringify(bodyFor('short'));
  const head = `POST /v1/tts HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\n`;
  return `${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

/** Those of each proxy, and of each runtime this commit over the other, round by round. */
function figuresOf(
  samples: ReadonlyMap<Proxy, readonly Sample[]>,
  unit: Figure['unit'],
  pick: (sample: Sample) => number,
): Figure[] {
  const ratio = (runtimeCell: string): Figure[] => {
    const taken = (way: string): number[] =>
      [...samples].find(([proxy]) => proxy.runtimeCell === runtimeCell && proxy.way === way)?.[1].map(pick) ??
      [];
    const others = taken(older);
    if (others.length === 0) return [];
    const ratios = taken(mine).map((one, round) => one / (others[round] ?? Number.NaN));
    return [{ cells: [runtimeCell, 'this over the other'], unit: 'x', samples: ratios }];
  };
  const runtimes = new Set([...samples.keys()].map(({ runtimeCell }) => runtimeCell));
  return [...runtimes].flatMap((runtimeCell) => [
    ...[...samples]
      .filter(([proxy]) => proxy.runtimeCell === runtimeCell)
      .map(([{ way }, taken]): Figure => ({ cells: [runtimeCell, way], unit, samples: taken.map(pick) })),
    ...ratio(runtimeCell),
  ]);
}
