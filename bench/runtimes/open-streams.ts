import { type ClientRequest, request } from 'node:http';
import type { Runtime } from '../../test/conformance/server.ts';
import { alternateRuntimes } from '../alternate.ts';
import type { Bench, Table } from '../bench.ts';
import { figuresOf } from '../figures.ts';
import { runtimeName } from '../machine.ts';
import { residentBytes } from '../process-memory.ts';
import { withBare } from './bare.ts';
import { type Collector, canCollect, collectorArgs, collectorOf } from './collector.ts';
import { withServer } from './loaded-server.ts';
import { bodyFor } from './loads.ts';

/** With those before them fewer than the 256 requests that Bun's fetch has at once (BUN_CONFIG_MAX_HTTP_REQUESTS). */
const streams = 200;
const openAtOnce = 20;
const goalKB = 50;
const rounds = { full: 5, quick: 1 } as const;
const bytesPerKB = 1000;

/** KB by stream. */
interface Held {
  readonly resident: number;
  /** As the engine counts it. */
  readonly live: number;
}

interface Sample {
  readonly edge: Held;
  readonly bare: Held;
}

export const openStreams: Bench = {
  title: 'open streams',
  about:
    `What ${streams} streams hold that have begun and wait for their origin: of a process that has served ${openAtOnce}, ` +
    'before they were opened and while they are, each time after its garbage was collected; the difference by stream. ' +
    'Live memory is what the engine counts (heap and buffers); resident memory also has the pages that it keeps for ' +
    'later. Bun does not count buffers in a comparable way, and workerd can only be looked at from outside, uncollected.',
  async run(setup) {
    const samples = await alternateRuntimes(setup, 'open streams', rounds, measure);
    const table = (title: string, kind: keyof Held, runtimes: readonly Runtime[]): Table => ({
      title,
      headings: ['runtime', 'way'],
      figures: [...samples].flatMap(([runtime, taken]) => {
        if (!runtimes.includes(runtime)) return [];
        const figure = figuresOf([runtimeName(runtime)], taken);
        return [
          figure('fish-edge', 'KB', ({ edge }) => edge[kind], { below: goalKB }),
          figure('bare proxy', 'KB', ({ bare }) => bare[kind]),
        ];
      }),
    });
    return [
      table('Live memory by open stream', 'live', ['node', 'deno']),
      table('Resident memory by open stream', 'resident', setup.runtimes),
    ];
  },
};

async function measure(runtime: Runtime): Promise<Sample> {
  const edge = await withServer(
    runtime,
    (server, { through }) =>
      weigh(runtime, { ...server, collect: collectorOf(server, () => server.logs) }, through),
    collectorArgs(runtime),
  );
  return { edge, bare: await withBare(runtime, (proxy, { through }) => weigh(runtime, proxy, through)) };
}

async function weigh(
  runtime: Runtime,
  process: { readonly pid: number; readonly collect: Collector },
  url: string,
): Promise<Held> {
  const look = async (): Promise<Held> => {
    const live = canCollect(runtime) ? await process.collect() : 0;
    return { live, resident: await residentBytes(runtime, process) };
  };
  const kept: ClientRequest[] = [];
  try {
    kept.push(...(await openSome(url, openAtOnce)));
    const before = await look();
    for (let open = 0; open < streams; open += openAtOnce) kept.push(...(await openSome(url, openAtOnce)));
    const after = await look();
    const by = (kind: keyof Held): number => (after[kind] - before[kind]) / streams / bytesPerKB;
    return { live: by('live'), resident: by('resident') };
  } finally {
    for (const call of kept) call.destroy();
  }
}

function openSome(url: string, count: number): Promise<ClientRequest[]> {
  return Promise.all(Array.from({ length: count }, () => open(url)));
}

/** Resolves when the stream has begun. */
function open(url: string): Promise<ClientRequest> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const call = request(`${url}/v1/tts`, { method: 'POST', agent: false, headers }, (response) => {
      response.on('error', () => {}); // it is left in the middle
      response.once('data', () => resolve(call));
    });
    call.on('error', reject);
    call.end(JSON.stringify(bodyFor('idle')));
  });
}
