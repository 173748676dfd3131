import type { Runtime } from '../../test/conformance/server.ts';
import { alternateRuntimes } from '../alternate.ts';
import type { Bench } from '../bench.ts';
import { figuresOf } from '../figures.ts';
import { runtimeName } from '../machine.ts';
import { residentBytes } from '../process-memory.ts';
import { withBare } from './bare.ts';
import { fetchAll, withServer } from './loaded-server.ts';
import { loads } from './loads.ts';

const streams = 200;
const rounds = { full: 5, quick: 1 } as const;
const lookMs = 100;
const bytesPerKB = 1000;

interface Sample {
  readonly directMs: number;
  readonly throughMs: number;
  readonly perStreamKB: number;
  readonly barePerStreamKB: number;
}

const { pieces, pieceBytes, gapMs } = loads.crowd;

export const manyStreams: Bench = {
  title: 'many streams',
  about:
    `${streams} streams at once, for each of which the origin sends ${pieceBytes} bytes every ${gapMs} ms, ${pieces} ` +
    'times: from the origin itself, then through a fresh fish-edge that has answered one request. Memory is the most ' +
    'resident while they are open, less what was resident before, by stream (KB are thousands of bytes): mostly garbage ' +
    'that no collector has looked at yet, with a bare proxy of the same runtime beside it. What open streams ' +
    'hold is measured below.',
  async run(setup) {
    const samples = await alternateRuntimes(setup, 'many streams', rounds, measure);
    const timing = [...samples].flatMap(([runtime, taken]) => {
      const figure = figuresOf([runtimeName(runtime)], taken);
      return [
        figure('direct', 'ms', ({ directMs }) => directMs),
        figure('through fish-edge', 'ms', ({ throughMs }) => throughMs),
        figure('through / direct', 'x', ({ directMs, throughMs }) => throughMs / directMs),
      ];
    });
    const memory = [...samples].flatMap(([runtime, taken]) => {
      const figure = figuresOf([runtimeName(runtime)], taken);
      return [
        figure('fish-edge', 'KB', ({ perStreamKB }) => perStreamKB),
        figure('bare proxy', 'KB', ({ barePerStreamKB }) => barePerStreamKB),
      ];
    });
    return [
      { title: `Total time of ${streams} slow streams`, headings: ['runtime', 'way'], figures: timing },
      { title: 'Peak of resident memory by stream', headings: ['runtime', 'way'], figures: memory },
    ];
  },
};

async function measure(runtime: Runtime): Promise<Sample> {
  const edge = await withServer(runtime, async (server, { direct, through }) => {
    const directMs = await fetchCrowd(direct);
    return { directMs, ...(await watchCrowd(runtime, server, through)) };
  });
  const bare = await withBare(runtime, (proxy, { through }) => watchCrowd(runtime, proxy, through));
  return { ...edge, barePerStreamKB: bare.perStreamKB };
}

async function watchCrowd(
  runtime: Runtime,
  process: { readonly pid: number },
  url: string,
): Promise<Pick<Sample, 'throughMs' | 'perStreamKB'>> {
  await fetchAll(url, 'short');
  const idle = await residentBytes(runtime, process);
  let most = idle;
  let failed: unknown;
  const look = (): Promise<void> =>
    residentBytes(runtime, process).then(
      (bytes) => {
        most = Math.max(most, bytes);
      },
      (error: unknown) => {
        failed ??= error;
      },
    );
  const timer = setInterval(() => void look(), lookMs);
  const throughMs = await fetchCrowd(url).finally(() => clearInterval(timer));
  if (failed) throw failed;
  return { throughMs, perStreamKB: (most - idle) / streams / bytesPerKB };
}

/** Milliseconds until the last of them has ended. */
async function fetchCrowd(url: string): Promise<number> {
  const began = performance.now();
  await Promise.all(Array.from({ length: streams }, () => fetchAll(url, 'crowd')));
  return performance.now() - began;
}
