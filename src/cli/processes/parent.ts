import { type ChildProcess, spawn } from 'node:child_process';
import cluster from 'node:cluster';
import { randomBytes } from 'node:crypto';
import { type Config, ConfigError, chosenEngine } from '../../config/config.ts';
import type { Logger } from '../../telemetry/log.ts';
import { type ChildRole, type Counts, roleVariable, type ToChild, type ToParent } from './messages.ts';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** One that lived so long did not fail at its start. */
const SETTLED_MS = 60_000;
const READY_MS = 120_000;
const COUNT_MS = 1000;
/** What a process may take, after all of its speech was cut, to let go of what it holds. */
const END_MS = 10_000;
const SECRET_BYTES = 32;

/** What is wrong with several processes here. @throws ConfigError */
export function checkProcesses(config: Config): void {
  const problem = problemOf(config);
  if (problem) throw new ConfigError([`server.processes: ${problem}`]);
}

function problemOf(config: Config): string | undefined {
  const store = config['state.store'];
  if ('Deno' in globalThis)
    return 'Deno cannot start others with its own permissions; start several servers behind a proxy, or take Node or Bun';
  if ('Bun' in globalThis && process.platform !== 'linux')
    return 'Bun shares a port among processes on Linux alone; take Node here';
  if (store === 'memory')
    return 'state.store is memory, which each of several processes would have for itself; take sqlite, or redis://host:port';
  if (chosenEngine(config) === 'fish' && !store.startsWith('redis'))
    return 'several processes share the slots of upstreams by Redis alone; set FISH_STATE=redis://host:port';
  return undefined;
}

interface Member {
  readonly index: number;
  process: ChildProcess;
  startedAt: number;
  /** How often it ended soon after its start, one after the other. */
  failures: number;
  isReady: boolean;
  /** Set while it waits to be started again. */
  again?: NodeJS.Timeout | undefined;
}

/** Runs `server.processes` servers at one port, and starts another where one ends. */
export class Processes {
  readonly #config: Config;
  readonly #log: Logger;
  readonly #members = new Map<number, Member>();
  /** Those that were replaced, and finish what they speak. */
  readonly #leaving = new Set<ChildProcess>();
  /** What each told last. One that is too busy to answer must not look as if its counters had begun anew. */
  readonly #counts = new WeakMap<ChildProcess, Counts>();
  readonly #secret = randomBytes(SECRET_BYTES).toString('hex');
  #port: number | undefined;
  #isStopping = false;
  #wasKilled = false;
  #isRolling = false;

  constructor(config: Config, log: Logger) {
    this.#config = config;
    this.#log = log;
  }

  /** Starts all of them; resolves with their port once the first one listens. @throws where that ends instead: it has told why */
  async start(): Promise<number> {
    this.#port = await this.#add(0);
    for (let index = 1; index < this.#config['server.processes']; index++) this.#add(index).catch(() => {}); // which starts it again
    return this.#port;
  }

  /** The first time lets all finish what they speak, the second time it does not. Resolves when all have ended. */
  async stop(): Promise<void> {
    const all = this.#all();
    for (const child of all) tell(child, { type: this.#isStopping ? 'kill' : 'stop' });
    if (this.#isStopping) this.#wasKilled = true;
    if (this.#isStopping) return;
    this.#isStopping = true;
    const cut = setTimeout(() => {
      for (const child of all) child.kill('SIGKILL');
    }, this.#config['server.shutdown_timeout'] + END_MS);
    await Promise.all(all.map(ended));
    clearTimeout(cut);
  }

  /** Nobody waited for those that spoke. */
  get wasKilled(): boolean {
    return this.#wasKilled;
  }

  /** One that still starts would die of it, and has the settings as they are now. */
  reload(): void {
    for (const { process: child, isReady } of this.#members.values()) if (isReady) child.kill('SIGHUP');
  }

  /** Replaces one after the other: the next listens before the last stops, which finishes what it speaks. */
  async roll(): Promise<void> {
    if (this.#isRolling || this.#isStopping) return;
    this.#isRolling = true;
    this.#log.info('the processes are replaced, one after the other', { processes: this.#members.size });
    try {
      for (const { index, process: old } of [...this.#members.values()]) {
        if (this.#isStopping) return;
        this.#leaving.add(old);
        await this.#add(index).catch((error: unknown) => {
          this.#leaving.delete(old);
          throw error;
        });
        tell(old, { type: 'stop' });
        await ended(old);
        this.#leaving.delete(old);
      }
      this.#log.info('the processes were replaced');
    } catch {
      this.#log.error('a new process does not start: the others stay as they are');
    } finally {
      this.#isRolling = false;
    }
  }

  #all(): ChildProcess[] {
    return [...[...this.#members.values()].map(({ process: child }) => child), ...this.#leaving];
  }

  /** Starts the process of a number; resolves with its port. @throws where it ends before it listens */
  #add(index: number): Promise<number> {
    const before = this.#members.get(index);
    const isReplacement = before !== undefined && this.#leaving.has(before.process);
    const port = 'Bun' in globalThis ? this.#port : undefined; // Node finds the one that is taken by asking for any
    const role: ChildRole = { index, port, isReplacement, secret: this.#secret };
    const child = startChild({ ...process.env, [roleVariable]: JSON.stringify(role) });
    const member: Member = before ?? { index, process: child, startedAt: 0, failures: 0, isReady: false };
    const previous = member.process;
    clearTimeout(member.again);
    Object.assign(member, { process: child, startedAt: performance.now(), isReady: false });
    this.#members.set(index, member);
    return new Promise((resolve, reject) => {
      let isReady = false;
      const late = setTimeout(() => child.kill('SIGKILL'), READY_MS);
      child.on('message', (message: ToParent) => {
        if (message.type === 'ready') {
          clearTimeout(late);
          isReady = true;
          member.isReady = true;
          resolve(message.port);
        } else if (message.type === 'counts?') {
          this.#counts.set(child, message.own);
          void this.#tellCounts(child, message.ask);
        }
      });
      child.once('exit', (code, signal) => {
        clearTimeout(late);
        reject(new Error('it ended'));
        if (this.#isStopping || this.#leaving.has(child) || member.process !== child) return;
        if (!isReady && isReplacement && isRunning(previous))
          Object.assign(member, { process: previous, isReady: true });
        else if (isReady || this.#port !== undefined) this.#startAgain(member, code, signal);
      });
    });
  }

  #startAgain(member: Member, code: number | null, signal: NodeJS.Signals | null): void {
    const hasSettled = performance.now() - member.startedAt >= SETTLED_MS;
    member.failures = hasSettled ? 1 : member.failures + 1;
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (member.failures - 1));
    const {
      index,
      process: { pid },
    } = member;
    const how = { process: index, pid, code: code ?? undefined, signal: signal ?? undefined };
    this.#log.error('a process ended and is started again', { ...how, pause_ms: pauseMs });
    member.isReady = false;
    member.again = setTimeout(() => {
      if (!this.#isStopping) this.#add(index).catch(() => {}); // which starts it again
    }, pauseMs);
  }

  /** Asks all others what they counted, for one of them. */
  async #tellCounts(asker: ChildProcess, ask: string): Promise<void> {
    const others = this.#all().filter((child) => child !== asker && child.connected);
    const answers = await Promise.all(
      others.map(async (child) => {
        const counts = (await countsOf(child, ask)) ?? this.#counts.get(child);
        if (counts) this.#counts.set(child, counts);
        return counts;
      }),
    );
    tell(asker, { type: 'counts', ask, all: answers.filter((counts) => counts !== undefined) });
  }
}

/** Node hands connections to its processes itself; those of Bun listen at the same port. */
function startChild(env: NodeJS.ProcessEnv): ChildProcess {
  if (!('Bun' in globalThis)) return cluster.fork(env).process;
  const [program = '', script = '', ...args] = process.argv;
  const isCompiled = script.startsWith('/$bunfs/');
  const stdio = ['ignore', 'inherit', 'inherit', 'ipc'] as ['ignore', 'inherit', 'inherit', 'ipc'];
  return spawn(
    isCompiled ? process.execPath : program,
    isCompiled ? args : [...process.execArgv, script, ...args],
    {
      env,
      stdio,
    },
  );
}

function tell(child: ChildProcess, message: ToChild): void {
  if (child.connected) child.send(message, () => {}); // one that just ended hears nothing
}

function isRunning({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode === null && signalCode === null;
}

function ended(child: ChildProcess): Promise<void> {
  if (!isRunning(child)) return Promise.resolve();
  return new Promise((resolve) => void child.once('exit', () => resolve()));
}

function countsOf(child: ChildProcess, ask: string): Promise<Counts | undefined> {
  return new Promise((resolve) => {
    const end = (counts?: Counts): void => {
      clearTimeout(timer);
      child.off('message', hear);
      child.off('exit', gone);
      resolve(counts);
    };
    const hear = (message: ToParent): void => {
      if (message.type === 'counted' && message.ask === ask) end(message.counts);
    };
    const gone = (): void => end();
    const timer = setTimeout(end, COUNT_MS);
    child.on('message', hear);
    child.once('exit', gone);
    tell(child, { type: 'count', ask });
  });
}
