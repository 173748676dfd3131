import { setTimeout as sleep } from 'node:timers/promises';
import type { Runtime } from '../test/conformance/server.ts';
import { Belongings, Skip } from './belongings.ts';
import type { Arena, AttackCase } from './case.ts';
import { Client } from './client.ts';
import { Ground } from './ground.ts';
import { fullBars, judgeSeen, megabytes, type Result, shortBars } from './judge.ts';
import { pending } from './pending.ts';
import type { Seen } from './prober.ts';
import { Tally } from './tally.ts';

export interface RunOptions {
  readonly short: boolean;
  readonly seconds: number;
  /** Cases that were asked for by name run although they are pending or long. */
  readonly named: boolean;
  say(line: string): void;
  /** Each result as it comes. */
  tell(result: Result): void;
}

const deadlineMs = { full: 240_000, short: 80_000 } as const;
/** Probes before a case, for its own beginning: a loop that stands still from the first moment was seen running. */
const lookMs = { full: 500, short: 150 } as const;
/** What an attack leaves behind goes within this time, or is told as memory afterwards. */
const restMs = { full: 1500, short: 200 } as const;
/** So that health is looked at a few times during the shortest of them. */
const leastMs = 300;
const honestDeadlineMs = 10_000;

/** Runs the cases against the real server on one runtime, in their order. */
export async function runCases(
  runtime: Runtime,
  cases: readonly AttackCase[],
  options: RunOptions,
): Promise<void> {
  let ground: Ground | undefined;
  for (const [index, one] of cases.entries()) {
    const apart = reasonToSkip(runtime, one, options);
    if (apart) {
      options.tell({ ...blank(runtime, one), ...apart });
      continue;
    }
    options.say(`${runtime}: ${one.name} (${index + 1}/${cases.length})`);
    if (!ground || ground.ended || ground.setup !== one.setup) {
      await ground?.stop();
      ground = await Ground.start(runtime, one.setup).catch((error: Error) => {
        options.tell({
          ...blank(runtime, one),
          verdict: 'FAIL',
          why: [`the server did not start: ${error.message}`],
        });
        return undefined;
      });
    }
    if (!ground) continue;
    const result = await attack(runtime, one, ground, options);
    options.tell(result);
    options.say(`  ${result.verdict} after ${result.seconds.toFixed(1)} s`);
    if (result.verdict !== 'FAIL') continue;
    options.say(`${runtime}: ${one.name} FAILED: ${result.why.join('; ')}`);
    await ground.stop(); // the next one shall not pay for it
    ground = undefined;
  }
  await ground?.stop();
}

function blank(runtime: Runtime, { name, tries }: AttackCase): Omit<Result, 'verdict' | 'why'> {
  return { name, runtime, tries, sent: 0, answers: {}, seconds: 0, notes: [] };
}

function reasonToSkip(
  runtime: Runtime,
  one: AttackCase,
  { short, named }: RunOptions,
): Pick<Result, 'verdict' | 'why'> | undefined {
  const not = one.not?.[runtime];
  if (not !== undefined) return { verdict: 'skipped', why: [not] };
  if (!short || named) return;
  const waits = pending[one.name] ?? pending[`${one.name}@${runtime}`];
  if (waits !== undefined) return { verdict: 'pending', why: [`waits for: ${waits}`] };
  return one.long ? { verdict: 'skipped', why: ['not in the short form'] } : undefined;
}

async function attack(
  runtime: Runtime,
  one: AttackCase,
  ground: Ground,
  { short, seconds, say }: RunOptions,
): Promise<Result> {
  const form = short ? 'short' : 'full';
  const tally = new Tally();
  const client = new Client(ground.server.url);
  const own = new Belongings(runtime);
  const stacks = countStacks(ground);
  const arena: Arena = {
    runtime,
    short,
    seconds,
    server: ground.server,
    url: ground.server.url,
    get origin() {
      if (!ground.origin) throw new Error('this setup has no fake origin');
      return ground.origin;
    },
    tally,
    client,
    own,
    count: (full, fewer) => (short ? fewer : full),
    say: (line) => say(`  ${line}`),
  };
  await sleep(lookMs[form]);
  const from = Date.now();
  let skipped: Skip | undefined;
  let to = from;
  try {
    await within(one.run(arena), deadlineMs[form]);
    await sleep(Math.max(0, from + leastMs - Date.now()));
  } catch (error) {
    if (error instanceof Skip) skipped = error;
    else tally.check(false, error instanceof Error ? error.message : String(error));
  } finally {
    to = Date.now();
    client.close();
    await own.drop();
  }
  if (skipped) return { ...blank(runtime, one), verdict: 'skipped', why: [skipped.message] };
  await sleep(restMs[form]);
  const watched = one.setup.origin !== 'none';
  if (watched) await checkHonest(ground, tally, stacks);
  const seen = watched && !ground.ended ? await ground.seen({ from, to }) : undefined;
  if (seen) judgeSeen(runtime, one, tally, seen, short ? shortBars : fullBars);
  return {
    ...blank(runtime, one),
    sent: tally.sent,
    answers: Object.fromEntries(tally.answers),
    ...figuresOf(seen),
    seconds: (to - from) / 1000,
    notes: tally.notes,
    verdict: tally.failures === 0 ? 'PASS' : 'FAIL',
    why: tally.why,
  };
}

function figuresOf(
  seen: Seen | undefined,
): Pick<Result, 'healthP50' | 'healthP99' | 'idleP99' | 'coreShare' | 'before' | 'peak' | 'after'> {
  if (!seen) return {};
  return {
    healthP50: seen.p50,
    healthP99: seen.p99,
    idleP99: seen.idleP99,
    coreShare: seen.coreShare,
    before: megabytes(seen.before),
    peak: megabytes(seen.peak),
    after: megabytes(seen.after),
  };
}

async function within(work: Promise<void>, ms: number): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`the case was not over after ${ms / 1000} s`)), ms);
  try {
    await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

let asked = 0;

/** After every case: the process lives, an honest client is served, and nothing but log lines was written. */
async function checkHonest(ground: Ground, tally: Tally, stacks: number): Promise<void> {
  if (ground.ended) return tally.check(false, 'the server died');
  const client = new Client(ground.server.url);
  const [key] = ground.setup.keys ?? [];
  const secret = ground.setup.env?.FISH_API_KEY ?? (key === undefined ? undefined : `key-of-${key}`);
  const headers: Record<string, string> = secret === undefined ? {} : { authorization: `Bearer ${secret}` };
  const body = { input: `An honest sentence, number ${++asked}.`, response_format: 'pcm' };
  const reply = await client.json('/v1/audio/speech', body, { headers, deadlineMs: honestDeadlineMs });
  client.close();
  const got = reply.status === 0 ? reply.end : `${reply.status} ${reply.text.slice(0, 100)}`;
  const isLimited = (ground.setup.env?.FISH_RATE_LIMIT ?? '0') !== '0' && 'retry-after' in reply.headers;
  const isServed = (reply.status === 200 && reply.end === 'whole') || isLimited;
  tally.check(isServed, `an honest client afterwards got ${reply.status === 200 ? reply.end : got}`);
  tally.check(countStacks(ground) === stacks, () => `a stack on stderr: ${lastStack(ground)}`);
}

const stack = /^\s+at .+$/gm;

function countStacks({ server }: Ground): number {
  return server.stderr().match(stack)?.length ?? 0;
}

function lastStack({ server }: Ground): string {
  const text = server.stderr();
  const at = text.lastIndexOf('\n    at ');
  return text.slice(Math.max(0, at - 200), at + 100).trim();
}
