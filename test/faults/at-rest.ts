import { channel } from 'node:diagnostics_channel';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_MS = 10;
/** So often in a row is a server seen at rest: it may be between two of its timers. */
const LOOKS = 15;
const WITHIN_MS = 90_000;
/** Where nobody tells what a process does. */
const BLIND_MS = 3000;

let sent = 0;
channel('undici:request:bodySent').subscribe(() => sent++);

/** How many requests have left this process as a whole. */
export function requestsSent(): number {
  return sent;
}

/**
 * Resolves when a server, with the processes that it started, has worked off all that was sent to it, and waits: what lies in a
 * socket of its wakes a thread, and a thread that is to run does not sleep, however long the machine takes to let it.
 */
export async function untilAtRest(pid: number): Promise<void> {
  if (!existsSync('/proc/self/task')) return sleep(BLIND_MS);
  const end = performance.now() + WITHIN_MS;
  for (let looks = 0; looks < LOOKS; looks = sleeps(pid) ? looks + 1 : 0) {
    if (performance.now() > end) throw new Error(`not at rest within ${WITHIN_MS} ms`);
    await sleep(LOOK_MS);
  }
}

/** Whether all threads sleep. */
function sleeps(pid: number): boolean {
  try {
    return readdirSync(`/proc/${pid}/task`).every((task) => {
      const folder = `/proc/${pid}/task/${task}`;
      const children = readFileSync(`${folder}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
      // after the name of the program, which may hold anything
      const state = readFileSync(`${folder}/stat`, 'utf8').split(') ').at(-1)?.[0];
      return state === 'S' && children.every(sleeps);
    });
  } catch {
    return false; // a thread that ended meanwhile
  }
}
