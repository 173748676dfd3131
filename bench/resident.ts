import { readFile } from 'node:fs/promises';
import type { RunningServer, Runtime } from '../test/conformance/server.ts';

const bytesPerKiB = 1024;

/** Resident memory (proc(5), VmRSS) of the server: for Workers of workerd, without the process that starts it. */
export async function residentBytes(runtime: Runtime, { pid }: Pick<RunningServer, 'pid'>): Promise<number> {
  return runtime === 'workers' ? ofChildren(pid) : ofTree(pid);
}

async function ofTree(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const [, resident] = /^VmRSS:\s+(\d+) kB$/m.exec(status) ?? [];
  if (!resident) throw new Error(`process ${pid} has ended`);
  return Number(resident) * bytesPerKiB + (await ofChildren(pid));
}

async function ofChildren(pid: number): Promise<number> {
  const sizes = await Promise.all((await childrenOf(pid)).map(ofTree));
  return sizes.reduce((sum, size) => sum + size, 0);
}

export async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.split(' ').filter(Boolean).map(Number);
}
