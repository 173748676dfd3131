import { readdir, readFile } from 'node:fs/promises';
import { childrenOf } from '../bench/process-memory.ts';
import { sum } from '../bench/statistics.ts';

/** Nanoseconds in which the threads of a process and of its children ran, and in which they wanted to and had no core (proc(5), schedstat). */
export interface CoreTime {
  readonly ran: number;
  readonly waited: number;
}

export async function coreTimeOf(pid: number): Promise<CoreTime> {
  const threads = await readdir(`/proc/${pid}/task`);
  const lines = await Promise.all(threads.map((thread) => readStat(`/proc/${pid}/task/${thread}/schedstat`)));
  const below = await Promise.all((await childrenOf(pid)).map(coreTimeOf));
  const all = [...lines, ...below];
  return { ran: sum(all.map(({ ran }) => ran)), waited: sum(all.map(({ waited }) => waited)) };
}

async function readStat(path: string): Promise<CoreTime> {
  const text = await readFile(path, 'utf8').catch(() => '0 0 0'); // the thread has ended, or the kernel does not count
  const [ran = 0, waited = 0] = text.split(' ').map(Number);
  return { ran, waited };
}

/** The share of the time it wanted a core for in which it had one; 1 where nobody counts. */
export function shareBetween(from: CoreTime | undefined, to: CoreTime | undefined): number {
  if (!from || !to) return 1;
  const ran = Math.max(0, to.ran - from.ran);
  const wanted = ran + Math.max(0, to.waited - from.waited);
  return wanted === 0 ? 1 : ran / wanted;
}
