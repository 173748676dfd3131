import { setTimeout as sleep } from 'node:timers/promises';
import { type RunningServer, type Runtime, startServer } from '../test/conformance/server.ts';

const probe = new URL('./loop-probe.ts', import.meta.url);
const pollMs = 20;
const deadlineMs = 10_000;

/** What the event loop went through since the last look. */
export interface LoopReport {
  readonly p99_ms: number;
  readonly max_ms: number;
  readonly looks: number;
  /** Peak resident memory of the process so far. */
  readonly peak_kb: number;
}

export interface ProbedServer extends RunningServer {
  /** Reports, and starts anew. @throws when the server does not answer */
  look(): Promise<LoopReport>;
}

/** The real server, with loop-probe.ts loaded into it. */
export async function startProbed(
  runtime: Runtime,
  env: Readonly<Record<string, string>>,
): Promise<ProbedServer> {
  const preload: Record<string, string> =
    runtime === 'bun'
      ? { BUN_OPTIONS: `--preload ${probe.pathname}` }
      : { NODE_OPTIONS: `--import ${probe.href}` };
  const server = await startServer(runtime, { env: { ...env, ...preload } });
  const reports = (): LoopReport[] =>
    server.logs.filter((line) => line.message === 'loop-probe') as unknown as LoopReport[];
  return {
    ...server,
    async look() {
      const before = reports().length;
      server.signal('SIGUSR2');
      for (const end = performance.now() + deadlineMs; performance.now() < end; await sleep(pollMs)) {
        const report = reports()[before];
        if (report) return report;
      }
      throw new Error('the probe in the server does not answer');
    },
  };
}
