import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Runtime } from '../test/conformance/server.ts';
import { type Collector, collectorArgs, collectorOf } from './collector.ts';
import { type Ways, withOrigin } from './loaded-server.ts';
import { endProcess, firstLine, spawnRuntime } from './processes.ts';

const startDeadlineMs = 20_000;

export interface BareProxy {
  readonly pid: number;
  readonly collect: Collector;
}

/** Runs `work` with a fresh bare-proxy.ts, or its like on workerd, in front of a fresh origin, and ends both. */
export function withBare<Result>(
  runtime: Runtime,
  work: (proxy: BareProxy, ways: Ways) => Promise<Result>,
): Promise<Result> {
  return withOrigin(async (direct) => {
    const folder = mkdtempSync(join(tmpdir(), 'fish-edge-bare-'));
    const proxy = runtime === 'workers' ? spawnWorker(folder, direct) : spawnProxy(runtime, direct);
    try {
      const line = await firstLine(proxy, runtime === 'workers' ? 'stderr' : 'stdout', startDeadlineMs);
      const through = /http:[^"\s]+/.exec(line)?.[0] ?? '';
      const lines: string[] = [];
      proxy.stdout?.on('data', (chunk: Buffer) => lines.push(...chunk.toString().split('\n')));
      const signal = (name: NodeJS.Signals): void => void proxy.kill(name);
      return await work(
        { pid: proxy.pid ?? 0, collect: collectorOf({ signal, lines: () => lines }) },
        { direct, through },
      );
    } finally {
      proxy.kill('SIGTERM'); // takes workerd with it
      await endProcess(proxy);
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

function spawnProxy(runtime: Runtime, origin: string): ReturnType<typeof spawnRuntime> {
  const deno = runtime === 'deno' ? ['run', '--allow-net', '--allow-env', '--allow-read'] : [];
  return spawnRuntime(runtime, [...deno, ...collectorArgs(runtime), 'bench/bare-proxy.ts', origin]);
}

function spawnWorker(folder: string, origin: string): ReturnType<typeof spawnRuntime> {
  const source = `import { DurableObject } from 'cloudflare:workers';
export class Pool extends DurableObject {} // what the configuration of workerd.ts names
export default {
  async fetch(asked) {
    const answer = await fetch(${JSON.stringify(origin)}, { method: 'POST', body: await asked.arrayBuffer() });
    return new Response(answer.body, { headers: { 'content-type': 'audio/wav' } });
  },
};
`;
  writeFileSync(join(folder, 'workers.js'), source);
  return spawnRuntime('node', ['test/conformance/workerd.ts', folder]);
}
