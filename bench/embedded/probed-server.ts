import { type RunningServer, type Runtime, startServer } from '../../test/conformance/server.ts';
import { askProbe } from '../probe.ts';

const probe = new URL('./loop-probe.ts', import.meta.url);

/** What the event loop went through since the last look. */
interface LoopReport {
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
  return { ...server, look: () => askProbe('loop-probe', server, () => server.logs) };
}
