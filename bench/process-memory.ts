import { readFile } from 'node:fs/promises';
import type { Runtime } from '../test/conformance/server.ts';
import { sum } from './statistics.ts';

const bytesPerKiB = 1024;

/** What the kernel tells of a process (proc(5)): what is resident now, and the most that ever was. */
type Field = 'VmRSS' | 'VmHWM';

/** Resident memory of a server: for Workers of workerd, without the process that starts it. */
export function residentBytes(runtime: Runtime, { pid }: { readonly pid: number }): Promise<number> {
  return runtime === 'workers' ? ofChildren(pid, 'VmRSS') : ofTree(pid, 'VmRSS');
}

/** The most memory that the process and each of its children ever held, summed. */
export function peakBytes(pid: number): Promise<number> {
  return ofTree(pid, 'VmHWM');
}

async function ofTree(pid: number, field: Field): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const [, size] = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status) ?? [];
  if (!size) throw new Error(`process ${pid} has ended`);
  return Number(size) * bytesPerKiB + (await ofChildren(pid, field));
}

async function ofChildren(pid: number, field: Field): Promise<number> {
  const sizes = await Promise.all((await childrenOf(pid)).map((child) => ofTree(child, field)));
  return sum(sizes);
}

export async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.split(' ').filter(Boolean).map(Number);
}
