import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Runtime } from '../../test/conformance/server.ts';
import { type Bench, countOf, type Figure, type Setup, type Table } from '../bench.ts';
import type { Panel } from '../line-chart.ts';
import { runtimeName } from '../machine.ts';
import { ask } from '../speech-client.ts';
import { alignRows } from '../tables.ts';
import { drawPicture } from './pictures.ts';
import { type Held, type Loaded, secret, withLoaded } from './server.ts';
import { StreamClients } from './stream-clients.ts';

const goalKB: Partial<Record<Runtime, number>> = { bun: 30, node: 60 };
const kbPerMB = 1000;
/** A gateway gives an address at most a thousand slots. */
const addresses = 10;
const most = addresses * 1000;
/** A stream has two sockets in the gateway; it has files of its own besides. */
const reserve = 500;
const steps = { full: 10, quick: 2 } as const;
const quickStreams = 400;
/** Opened and left before the first look: what is compiled and pooled by then is not a stream's. */
const warmUpStreams = 200;
/** Audio of every stream comes within it, and what a client left behind is over. */
const settleMs = { full: 12_000, quick: 3000 } as const;
const closeDeadlineMs = 30_000;
const origin = {
  module: new URL('../runtimes/load-origin.ts', import.meta.url),
  args: [String(addresses)],
};

interface Step extends Held {
  readonly streams: number;
  readonly broken: number;
  /** To the first audio of a short request beside them. */
  readonly firstMs: number;
}

interface Ramp {
  readonly runtime: Runtime;
  readonly steps: readonly Step[];
  readonly broken: Readonly<Record<string, number>>;
  readonly after: Held;
}

export const streams: Bench = {
  title: 'slow streams',
  about:
    `Streams that are open at once, up to ${most} or what the file limit lets (two descriptors each in the server): each ` +
    'gets 2048 bytes every ten seconds. Memory is looked at after a collection, less what the same process held when it ' +
    `had served ${warmUpStreams} streams and none was open, by stream (KB are thousands of bytes). The first audio is that ` +
    'of one more request beside them.',
  async run(setup) {
    const ramps: Ramp[] = [];
    for (const runtime of setup.runtimes) ramps.push(await rampUp(setup, runtime));
    const picture = drawPicture(setup, 'streams', 'Memory over open streams', 'open streams', [
      panelOf('resident memory, MB', ramps, ({ residentMB }) => residentMB),
      panelOf('live memory, MB', ramps, ({ liveMB }) => liveMB),
      panelOf('first audio beside them, ms', ramps, ({ firstMs }) => firstMs),
    ]);
    return [rampTable(ramps, picture), goalTable(ramps), brokenTable(ramps)];
  },
};

/** As many as this process and the server may have open, of those that the origin has slots for. */
function streamLimit(): number {
  const [, soft = '1024'] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
  return Math.min(most - 100, Math.floor((Number(soft) - reserve) / 2));
}

function rampUp(setup: Setup, runtime: Runtime): Promise<Ramp> {
  const count = setup.quick ? Math.min(quickStreams, streamLimit()) : streamLimit();
  const env = {
    FISH_SLOTS: '1000',
    FISH_MAX_STREAMS: '20000',
    FISH_BACKEND_MAX_CONNECTIONS: '10000',
    FISH_BACKEND_TOTAL_TIMEOUT: '1h',
    FISH_CACHE: 'off',
    BUN_CONFIG_MAX_HTTP_REQUESTS: '20000',
  };
  return withLoaded(runtime, origin, env, async (server) => {
    const clients = new StreamClients(server.url);
    try {
      return await climb(setup, runtime, server, clients, count);
    } finally {
      clients.leave();
    }
  });
}

async function climb(
  setup: Setup,
  runtime: Runtime,
  server: Loaded,
  clients: StreamClients,
  count: number,
): Promise<Ramp> {
  const warmUp = new StreamClients(server.url);
  await warmUp.grow(warmUpStreams);
  warmUp.leave();
  await sleep(countOf(setup, settleMs));
  const looked: Step[] = [
    { ...(await server.look()), streams: 0, broken: 0, firstMs: await firstAudio(server.url) },
  ];
  for (let step = 1; step <= countOf(setup, steps); step++) {
    const wanted = Math.round((count * step) / countOf(setup, steps));
    await clients.grow(wanted);
    await sleep(countOf(setup, settleMs));
    const firstMs = await firstAudio(server.url);
    const held = await server.look();
    looked.push({ ...held, streams: clients.open, broken: clients.brokenCount, firstMs });
    setup.say(
      `streams: ${runtime}, ${clients.open} of ${count} open, ${clients.brokenCount} broken, ${held.residentMB.toFixed(0)} MB, ` +
        `${held.handles} handles, first audio ${firstMs.toFixed(0)} ms`,
    );
    if (clients.brokenCount > 0) break; // more of them would say nothing
  }
  const broken = { ...clients.broken };
  clients.leave();
  return { runtime, steps: looked, broken, after: await restOf(server, looked[0]?.handles ?? 0) };
}

/** What is held once all have left: the server is given time to notice. */
async function restOf(server: Loaded, handlesBefore: number): Promise<Held> {
  const end = performance.now() + closeDeadlineMs;
  for (;;) {
    await sleep(1000);
    const held = await server.look();
    if (held.handles <= handlesBefore + reserve / 10 || performance.now() > end) return held;
  }
}

async function firstAudio(url: string): Promise<number> {
  const { firstMs } = await ask(url, { text: `A word ${performance.now()}.`, streaming: true }, { headers });
  return firstMs;
}

const headers = { authorization: `Bearer ${secret}` };

/** Memory by stream, of the most that were open. */
function perStreamKB({ steps: looked }: Ramp, kind: 'residentMB' | 'liveMB'): number {
  const [before, last] = [looked[0], looked.at(-1)];
  if (!before || !last || last.streams === 0) return Number.NaN;
  return ((last[kind] - before[kind]) / last.streams) * kbPerMB;
}

function panelOf(title: string, ramps: readonly Ramp[], value: (step: Step) => number): Panel {
  return {
    title,
    lines: ramps.map((ramp) => ({
      name: runtimeName(ramp.runtime),
      points: ramp.steps.map((step) => [step.streams, value(step)] as const),
    })),
  };
}

function rampTable(ramps: readonly Ramp[], picture: string): Table {
  const rows = ramps.flatMap(({ runtime, steps: looked, after }) => [
    ...looked.map((step) => [
      runtimeName(runtime),
      String(step.streams),
      ...heldCells(step),
      `${step.firstMs.toFixed(0)} ms`,
      String(step.broken),
    ]),
    [runtimeName(runtime), 'all have left', ...heldCells(after), '', ''],
  ]);
  const head = ['runtime', 'open streams', 'resident', 'live', 'handles', 'first audio beside', 'broken'];
  return {
    title: 'What a server holds with so many streams',
    headings: [],
    figures: [],
    text: [...alignRows([head, ...rows]), ...(picture === '' ? [] : ['', picture])].join('\n'),
  };
}

function heldCells({ residentMB, liveMB, handles }: Held): string[] {
  return [`${residentMB.toFixed(0)} MB`, `${liveMB.toFixed(0)} MB`, String(handles)];
}

function goalTable(ramps: readonly Ramp[]): Table {
  const figures = ramps.flatMap((ramp): Figure[] => {
    const below = goalKB[ramp.runtime];
    const goal = below === undefined ? undefined : { below };
    return [
      {
        cells: [runtimeName(ramp.runtime), 'resident'],
        unit: 'KB',
        samples: [perStreamKB(ramp, 'residentMB')],
        goal,
      },
      { cells: [runtimeName(ramp.runtime), 'live'], unit: 'KB', samples: [perStreamKB(ramp, 'liveMB')] },
    ];
  });
  return { title: 'Memory by open stream', headings: ['runtime', 'memory'], figures };
}

function brokenTable(ramps: readonly Ramp[]): Table {
  const figures = ramps.flatMap(({ runtime, steps: looked, broken, after }): Figure[] => [
    {
      cells: [runtimeName(runtime), 'streams that did not open or broke off'],
      unit: '',
      samples: [Object.values(broken).reduce((sum, times) => sum + times, 0)],
      goal: { atMost: 0 },
    },
    {
      cells: [runtimeName(runtime), 'handles more than before, once all have left'],
      unit: '',
      samples: [Math.max(0, after.handles - (looked[0]?.handles ?? 0))],
      goal: { atMost: reserve / 10 },
    },
  ]);
  const notes = ramps.flatMap(({ runtime, broken }) =>
    Object.entries(broken).map(([why, times]) => `- ${runtimeName(runtime)}: ${times} times ${why}`),
  );
  return { title: 'What was lost', headings: ['runtime', 'what'], figures, notes };
}
