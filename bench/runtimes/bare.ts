import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Runtime } from '../../test/conformance/server.ts';
import { endProcess, firstLine, spawnModule } from '../processes.ts';
import { type Collector, collectorArgs, collectorOf } from './collector.ts';
import { type Ways, withOrigin } from './loaded-server.ts';

const bareProxy = new URL('./bare-proxy.ts', import.meta.url);
const workerd = new URL('../../test/conformance/workerd.ts', import.meta.url);
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
      const logs: object[] = [];
      const lines = createInterface({ input: proxy.stdout ?? process.stdin });
      lines.on('line', (text) => {
        if (text.startsWith('{')) logs.push(JSON.parse(text));
      });
      const signal = (name: NodeJS.Signals): void => void proxy.kill(name);
      const collect = collectorOf({ signal }, () => logs);
      return await work({ pid: proxy.pid ?? 0, collect }, { direct, through });
    } finally {
      await endProcess(proxy, 'SIGTERM'); // takes workerd with it
      rmSync(folder, { recursive: true, force: true });
    }
  });
}

function spawnProxy(runtime: Runtime, origin: string): ChildProcess {
  const deno = runtime === 'deno' ? ['run', '--allow-net', '--allow-env', '--allow-read'] : [];
  return spawnModule(runtime, bareProxy, [origin], [...deno, ...collectorArgs(runtime)]);
}

function spawnWorker(folder: string, origin: string): ChildProcess {
  const source = `import { DurableObject } from 'cloudflare:workers';
export class Pool extends DurableObject {} // what the configuration of workerd.ts names
export default {
  async fetch(asked) {
    const answer = await fetch(${JSON.stringify(origin)}, { method: 'POST', body: await asked.arrayBuffer() });
    return new Response(answer.body, { headers: { 'content-type': 'audio/wav' } });
  },
};
`;
  writeFileSync(join(folder, 'worker.js'), source);
  return spawnModule('node', workerd, [folder]);
}
