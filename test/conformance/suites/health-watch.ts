import { readdirSync, readFileSync } from 'node:fs';
import type { RunningServer } from '../server.ts';

/**
 * How `/v1/health` was answered while something else went on, in milliseconds, less what this process itself stood still and what
 * the server waited for a processor: with forty others on two cores, that is seconds.
 */
export interface Watched {
  readonly answers: number;
  readonly longest: number;
  readonly p99: number;
  /** What was left out of all of it. */
  readonly stood: number;
}

const pauseMs = 10;
const tickMs = 5;

/** Adds up for how long this process has stood still: so long nobody was asked, and no answer was read. */
function watchOwnStalls(): { readonly total: () => number; readonly end: () => void } {
  let stood = 0;
  let last = performance.now();
  const look = (): void => {
    const now = performance.now();
    stood += Math.max(0, now - last - tickMs);
    last = now;
  };
  const timer = setInterval(look, tickMs);
  const total = (): number => {
    look();
    return stood;
  };
  return { total, end: () => clearInterval(timer) };
}

const NS_PER_MS = 1_000_000;

/**
 * Milliseconds for which the event loops of a process, and of those that it started, were ready to run and did not: the second
 * number of `schedstat`, of each first thread. 0 where nobody tells.
 */
function waitedForProcessor(pid: number): number {
  try {
    const [, waited = '0'] = readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ');
    const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean).map(Number),
    );
    return children.reduce((sum, child) => sum + waitedForProcessor(child), Number(waited) / NS_PER_MS);
  } catch {
    return 0;
  }
}

/** Asks for health again and again, as a load balancer in a hurry does, while `work` goes on. */
export async function watchHealth<Result>(
  { url, pid }: Pick<RunningServer, 'url' | 'pid'>,
  work: () => Promise<Result>,
): Promise<Watched & { readonly result: Result }> {
  const times: number[] = [];
  let isOver = false;
  const stalls = watchOwnStalls();
  const total = (): number => stalls.total() + waitedForProcessor(pid);
  const before = total();
  const watching = (async () => {
    while (!isOver) {
      const [started, stood] = [performance.now(), total()];
      const response = await fetch(`${url}/v1/health`);
      await response.arrayBuffer();
      if (!response.ok) throw new Error(`Health is ${response.status}.`);
      times.push(performance.now() - started - (total() - stood));
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  })();
  try {
    const result = await work();
    const stood = total() - before;
    isOver = true;
    await watching;
    times.sort((a, b) => a - b);
    const at = Math.min(times.length - 1, Math.floor(times.length * 0.99));
    return { result, stood, answers: times.length, longest: times.at(-1) ?? 0, p99: times[at] ?? 0 };
  } finally {
    isOver = true;
    stalls.end();
  }
}
