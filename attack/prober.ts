/**
 * Looks at a server from a process of its own, so that what the attack costs its own process is no figure of the server's:
 * `node attack/prober.ts '{"url":"…","pid":1,"runtime":"node"}'`. Every 25 ms it asks for `/v1/health`, whether or not the last
 * answer has come, and at the same moment asks a bare server in a third process: what the machine itself makes both wait.
 * A line `{"from":…,"to":…}` (epoch milliseconds) on stdin is answered with a line of what was seen in between.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { residentBytes } from '../bench/process-memory.ts';
import { median, percentile } from '../bench/statistics.ts';
import type { Runtime } from '../test/conformance/server.ts';
import { type CoreTime, coreTimeOf, shareBetween } from './core-share.ts';

export interface ProbeTarget {
  readonly url: string;
  readonly pid: number;
  readonly runtime: Runtime;
}

export interface Window {
  readonly from: number;
  readonly to: number;
}

export interface Seen {
  readonly probes: number;
  readonly p50: number;
  readonly p99: number;
  /** Of the bare server. */
  readonly idleP99: number;
  /** The share of the time in which the server wanted a core and had one. */
  readonly coreShare: number;
  /** Probes that got no 200. */
  readonly failed: number;
  /** Bytes. */
  readonly before: number;
  readonly peak: number;
  readonly after: number;
}

const everyMs = 25;
const memoryEveryMs = 100;
/** Beyond so many without an answer no more are asked: each of those that were not counts as old as the oldest. */
const mostOpen = 200;
const longestWaitMs = 5000;
const shownPercentile = 0.99;

interface Weight {
  readonly at: number;
  readonly bytes: number;
  readonly core: CoreTime;
}

interface Probe {
  readonly at: number;
  ms: number | undefined;
  failed: boolean;
}

class Prober {
  readonly probes: Probe[] = [];
  readonly #url: string;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: mostOpen });
  #open = 0;

  constructor(url: string) {
    this.#url = url;
  }

  ask(): void {
    const probe: Probe = { at: Date.now(), ms: undefined, failed: false };
    this.probes.push(probe);
    if (this.#open >= mostOpen) return; // counts as one that waits
    this.#open++;
    this.#send(probe, performance.now());
  }

  #send(probe: Probe, began: number): void {
    const end = (failed: boolean): void => {
      if (probe.ms !== undefined) return;
      probe.ms = performance.now() - began;
      probe.failed = failed;
      this.#open--;
    };
    const call = get(this.#url, { agent: this.#agent }, (response) => {
      response.resume().on('end', () => end(response.statusCode !== 200));
      response.on('error', () => end(true));
    });
    call.on('error', (error: NodeJS.ErrnoException) => {
      // A kept connection that the server had closed meanwhile is not the server's failure.
      if (call.reusedSocket && error.code === 'ECONNRESET' && probe.ms === undefined)
        this.#send(probe, began);
      else end(true);
    });
  }

  within({ from, to }: Window): Probe[] {
    return this.probes.filter(({ at }) => at >= from && at <= to);
  }

  /** What those waited, or have waited until now. */
  waits(window: Window): number[] {
    const now = Date.now();
    return this.within(window).map(({ at, ms }) => ms ?? now - at);
  }
}

if (import.meta.main) await main(JSON.parse(process.argv[2] ?? '{}') as ProbeTarget);

async function main({ url, pid, runtime }: ProbeTarget): Promise<void> {
  const idle = fork(fileURLToPath(new URL('./idle-server.ts', import.meta.url)));
  const [{ port }] = (await once(idle, 'message')) as [{ port: number }];
  const health = new Prober(`${url}/v1/health`);
  const bare = new Prober(`http://127.0.0.1:${port}/`);
  const memory: Weight[] = [];
  setInterval(() => {
    health.ask();
    bare.ask();
  }, everyMs);
  const weigh = async (): Promise<void> => {
    const at = Date.now();
    try {
      const [bytes, core] = await Promise.all([residentBytes(runtime, { pid }), coreTimeOf(pid)]);
      memory.push({ at, bytes, core });
    } catch {} // it has ended: its case says so
  };
  await weigh();
  setInterval(() => void weigh(), memoryEveryMs);
  process.stdin.on('end', () => process.exit(0));
  createInterface(process.stdin).on('line', (line) => {
    const window = JSON.parse(line) as Window;
    void report(health, bare, memory, window).then((seen) =>
      process.stdout.write(`${JSON.stringify(seen)}\n`),
    );
  });
  process.stdout.write('{}\n');
}

async function report(
  health: Prober,
  bare: Prober,
  memory: readonly Weight[],
  window: Window,
): Promise<Seen> {
  const isOpen = (): boolean => health.within(window).some(({ ms }) => ms === undefined);
  for (const end = Date.now() + longestWaitMs; isOpen() && Date.now() < end; await sleep(everyMs));
  const waits = health.waits(window);
  const first = memory.findLast(({ at }) => at <= window.from) ?? memory[0];
  const before = first?.bytes ?? Number.NaN;
  const during = memory.filter(({ at }) => at >= window.from && at <= window.to).map(({ bytes }) => bytes);
  return {
    probes: waits.length,
    p50: median(waits),
    p99: percentile(waits, shownPercentile),
    idleP99: percentile(bare.waits(window), shownPercentile),
    coreShare: shareBetween(
      first?.core,
      memory.find(({ at }) => at >= window.to)?.core ?? memory.at(-1)?.core,
    ),
    failed: health.within(window).filter(({ failed }) => failed).length,
    before,
    peak: Math.max(before, ...during),
    after: memory.at(-1)?.bytes ?? Number.NaN,
  };
}
