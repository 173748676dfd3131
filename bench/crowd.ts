import type { Runtime } from '../test/conformance/server.ts';
import { alternate } from './alternate.ts';
import type { Bench, Figure, Table } from './bench.ts';
import { fetchAll, withServer } from './loaded-server.ts';
import { loads } from './loads.ts';
import { runtimeName } from './machine.ts';
import { residentBytes } from './resident.ts';

const streams = 200;
const goalKB = 50;
const rounds = { full: 5, quick: 1 } as const;
const lookMs = 100;
const bytesPerKB = 1000;

interface Sample {
  readonly directMs: number;
  readonly throughMs: number;
  readonly perStreamKB: number;
}

const { pieces, pieceBytes, gapMs } = loads.crowd;

export const crowd: Bench = {
  name: 'many streams',
  about:
    `${streams} streams at once, for each of which the origin sends ${pieceBytes} bytes every ${gapMs} ms, ${pieces} ` +
    'times: from the origin itself, then through a fresh fish-edge that has answered one request. Memory is the most ' +
    'resident while they are open, less what was resident before, by stream (KB are thousands of bytes).',
  async run(setup) {
    const cases = setup.runtimes.map((runtime) => ({ name: `many streams: ${runtime}`, runtime }));
    const count = rounds[setup.quick ? 'quick' : 'full'];
    const samples = await alternate(setup, cases, count, ({ runtime }) => measure(runtime));
    const timing = cases.flatMap((one): Figure[] => {
      const taken = samples.get(one) ?? [];
      const figure = (what: string, unit: Figure['unit'], pick: (sample: Sample) => number): Figure => ({
        cells: [runtimeName(one.runtime), what],
        unit,
        samples: taken.map(pick),
      });
      return [
        figure('direct', 'ms', ({ directMs }) => directMs),
        figure('through fish-edge', 'ms', ({ throughMs }) => throughMs),
        figure('through / direct', 'x', ({ directMs, throughMs }) => throughMs / directMs),
      ];
    });
    const memory = cases.map((one): Figure => {
      const taken = (samples.get(one) ?? []).map(({ perStreamKB }) => perStreamKB);
      return { cells: [runtimeName(one.runtime)], unit: 'KB', samples: taken, goal: { below: goalKB } };
    });
    return [
      { title: `Total time of ${streams} slow streams`, headings: ['runtime', 'way'], figures: timing },
      { title: 'Memory by open stream', headings: ['runtime'], figures: memory },
    ] satisfies Table[];
  },
};

function measure(runtime: Runtime): Promise<Sample> {
  return withServer(runtime, async (server, { direct, through }) => {
    const directMs = await fetchCrowd(direct);
    await fetchAll(through, 'short');
    const idle = await residentBytes(runtime, server);
    let most = idle;
    let failed: unknown;
    const look = (): Promise<void> =>
      residentBytes(runtime, server).then(
        (bytes) => {
          most = Math.max(most, bytes);
        },
        (error: unknown) => {
          failed ??= error;
        },
      );
    const timer = setInterval(() => void look(), lookMs);
    const throughMs = await fetchCrowd(through).finally(() => clearInterval(timer));
    if (failed) throw failed;
    return { directMs, throughMs, perStreamKB: (most - idle) / streams / bytesPerKB };
  });
}

/** Milliseconds until the last of them has ended. */
async function fetchCrowd(url: string): Promise<number> {
  const began = performance.now();
  await Promise.all(Array.from({ length: streams }, () => fetchAll(url, 'crowd')));
  return performance.now() - began;
}
