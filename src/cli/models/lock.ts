import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeFolder } from '../../adapters/local/make-folder.ts';
import { onDisk } from './failure.ts';
import { cancelled } from './idle-timer.ts';

/** The holder touches its lock this often... */
const HEARTBEAT_MS = 5_000;
/** ...and one that was not touched for so long belongs to a process that died. */
const STALE_MS = 30_000;
const WAIT_MS = 200;

interface Holder {
  readonly pid: number;
  readonly host: string;
  readonly token: string;
}

/**
 * Runs `work` while no other process runs work under the same lock file. Waits as long as the holder lives; `onWait` is
 * called once when there is something to wait for. A lock that was lost all the same harms nothing: files are verified
 * before they are renamed into place.
 */
export async function withLock<T>(
  path: string,
  signal: AbortSignal,
  onWait: () => void,
  work: () => Promise<T>,
): Promise<T> {
  const holder: Holder = { pid: process.pid, host: thisHost(), token: randomUUID() };
  await onDisk(path, () => makeFolder(dirname(path), 0o700));
  let waited = false;
  while (!(await acquire(path, holder))) {
    if (signal.aborted) throw cancelled();
    if (await releaseStale(path)) continue;
    if (!waited) onWait();
    waited = true;
    await sleep(WAIT_MS, undefined, { signal }).catch(() => undefined);
  }
  const heartbeat = setInterval(
    () => void utimes(path, new Date(), new Date()).catch(() => undefined),
    HEARTBEAT_MS,
  );
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    if ((await holderOf(path))?.token === holder.token) await rm(path, { force: true });
  }
}

async function acquire(path: string, holder: Holder): Promise<boolean> {
  return onDisk(path, async () => {
    try {
      await writeFile(path, JSON.stringify(holder), { flag: 'wx', mode: 0o600 });
      return true;
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
      throw error;
    }
  });
}

/** Takes a dead process's lock away. Renaming lets exactly one of several waiters do it. */
async function releaseStale(path: string): Promise<boolean> {
  const holder = await holderOf(path);
  const touched = await stat(path).catch(() => undefined);
  if (!touched) return true;
  const silent = Date.now() - touched.mtimeMs > STALE_MS;
  if (!silent && !(holder && isDead(holder))) return false;
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
  } catch {
    return true;
  }
  // Another waiter was faster and this is its new lock: give it back.
  const taken = await holderOf(aside);
  if (taken?.token !== holder?.token) await link(aside, path).catch(() => undefined);
  await rm(aside, { force: true });
  return true;
}

async function holderOf(path: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Holder;
  } catch {
    return undefined;
  }
}

/** Deno may not be allowed to tell: all such processes are of one machine then, that without a name. */
function thisHost(): string {
  try {
    return hostname();
  } catch {
    return '';
  }
}

/** Only a process of this machine can be asked. */
function isDead(holder: Holder): boolean {
  if (holder.host !== thisHost()) return false;
  try {
    process.kill(holder.pid, 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}
