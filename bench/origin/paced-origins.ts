import type { ChildProcess } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { type RunningServer, type Runtime, startServer } from '../../test/conformance/server.ts';
import { endProcess, spawnModule } from '../processes.ts';

/** What paced-origins-child.ts starts: one origin for each factor. */
export interface OriginsTask {
  readonly secondsPerWord: number;
  /** Seconds that each origin takes for a second of audio. */
  readonly factors: readonly number[];
}

/** Something an origin said, whether anybody heard it or not. Times are milliseconds of the Unix epoch. */
export interface OriginJob {
  /** Index among the factors. */
  readonly origin: number;
  readonly text: string;
  /** The request's own, or one that the gateway chose for it. */
  readonly seed: number | null;
  readonly beganAt: number;
  readonly endedAt: number;
  /** Its client had left before the end. */
  readonly abandoned: boolean;
}

export interface OriginsReport {
  /** Those that ended since the last report. */
  readonly jobs: readonly OriginJob[];
  /** Waiting and running. */
  readonly queued: number;
}

export interface PacedOrigins {
  readonly urls: readonly string[];
  /** Waits until nothing runs, and tells all that did since the last time. */
  settle(): Promise<readonly OriginJob[]>;
}

/** Seconds of audio for a word, as issue 4 has it. */
export const secondsPerWord = 0.3;

const childModule = new URL('./paced-origins-child.ts', import.meta.url);
const pollMs = 50;
const quietPolls = 3;
const settleDeadlineMs = 120_000;
const startDeadlineMs = 20_000;

/** Runs `work` with fresh origins, and ends them. */
export async function withOrigins<Result>(
  task: OriginsTask,
  work: (origins: PacedOrigins) => Promise<Result>,
): Promise<Result> {
  const child = spawnModule('node', childModule, [JSON.stringify(task)]);
  try {
    const line = linesOf(child);
    const { urls } = (await line()) as { readonly urls: readonly string[] };
    return await work({
      urls,
      async settle() {
        const jobs: OriginJob[] = [];
        const end = performance.now() + settleDeadlineMs;
        for (let quiet = 0; performance.now() < end; ) {
          await sleep(pollMs); // something may be on its way
          child.stdin?.write('report\n');
          const report = (await line()) as OriginsReport;
          jobs.push(...report.jobs);
          quiet = report.queued === 0 ? quiet + 1 : 0;
          if (quiet === quietPolls) return jobs;
        }
        throw new Error('the origins do not come to rest');
      },
    });
  } finally {
    await endProcess(child);
  }
}

/** Runs `work` with a fresh server in front of `urls`: nothing of it is kept, and no voice of its own speaks. */
export async function withGateway<Result>(
  runtime: Runtime,
  urls: readonly string[],
  env: Readonly<Record<string, string>>,
  work: (server: RunningServer) => Promise<Result>,
): Promise<Result> {
  const settings = {
    FISH_BACKEND: urls.join(','),
    FISH_ENGINE: 'fish',
    FISH_CACHE: 'off',
    FISH_LOG_LEVEL: 'warn',
  };
  const server = await startServer(runtime, { env: { ...settings, ...env } });
  try {
    return await work(server);
  } finally {
    await server.stop();
  }
}

/** Reads what a child prints, line by line and JSON each. @throws when it ends, or is silent for too long */
function linesOf(child: ChildProcess): () => Promise<unknown> {
  const lines: Interface = createInterface({ input: child.stdout ?? process.stdin });
  const iterator = lines[Symbol.asyncIterator]();
  return async () => {
    const late = sleep(startDeadlineMs, undefined, { ref: false });
    const next = await Promise.race([iterator.next(), late]);
    if (!next || next.done) throw new Error('the origins say nothing');
    return JSON.parse(next.value);
  };
}
