import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { arch, availableParallelism, cpus, loadavg, platform, totalmem } from 'node:os';
import { join } from 'node:path';
import type { Runtime } from '../test/conformance/server.ts';
import { root } from './processes.ts';

const bytesPerGB = 1e9;

/** What the figures were taken on, one fact a line. */
export function describeMachine(runtimes: readonly Runtime[], packages: readonly string[]): string[] {
  const [cpu] = cpus();
  const memory = `${(totalmem() / bytesPerGB).toFixed(0)} GB`;
  const load = loadavg().map((figure) => figure.toFixed(1));
  return [
    `Machine: ${cpu?.model.trim() || arch()}, ${availableParallelism()} cores, ${memory}, ${platform()} ${arch()}`,
    `Load average at the start: ${load.join(', ')}`,
    `Runtimes: ${runtimes.map((runtime) => `${runtimeName(runtime)} ${versionOf(runtime)}`).join(', ')}`,
    ...packages.map((name) => `${name} ${installedVersion(name)}`),
  ];
}

/** What runs the server: Workers run on workerd. */
export function runtimeName(runtime: Runtime): string {
  return runtime === 'workers' ? 'workerd' : runtime;
}

function versionOf(runtime: Runtime): string {
  const said = execFileSync(join(root, 'node_modules', '.bin', runtimeName(runtime)), ['--version'], {
    encoding: 'utf8',
  });
  return /\d+[.-]\d+[.-]\d+\S*/.exec(said)?.[0] ?? said.trim();
}

function installedVersion(name: string): string {
  const text = readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
