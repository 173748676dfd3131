import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { coreTimeOf } from '../../attack/core-share.ts';
import { findNode } from '../../test/package/installed.ts';
import { alternate } from '../alternate.ts';
import { type Bench, countOf, type Figure, type Setup, type Table } from '../bench.ts';
import { endProcess, firstLine, spawnProgram } from '../processes.ts';
import { nowhere } from '../start-time.ts';
import { otherPackage, thisPackage } from './installations.ts';

const rounds = { full: 12, quick: 3 } as const;
const nodes = [24, 20] as const;
const goalMs = 150;
const deadlineMs = 60_000;
const nanosecondsPerMs = 1e6;

const mine = 'this commit';
const older = 'the other';
const empty = 'empty script';

interface Case {
  readonly name: string;
  readonly node: string;
  readonly program: string;
  /** Who is started: a package, or nobody. */
  readonly who: string;
  readonly what: string;
  readonly script: string;
  readonly settings: Readonly<Record<string, string>>;
}

interface Sample {
  readonly ms: number;
  /** Of all its threads. */
  readonly processorMs: number;
}

export const time: Bench = {
  title: 'time',
  about:
    'From starting the process of `fish-server` to its "listens on" line, in front of an origin and with the embedded voice, which is ' +
    'installed and not loaded yet; and of a script that writes a line and does nothing else. Starts in turns, after one of each that ' +
    'does not count and leaves compiled code behind. Processor time is that of all threads until then: other work on the machine changes it least.',
  async run(setup) {
    const place = mkdtempSync(join(tmpdir(), 'fish-edge-start-'));
    try {
      const cases = await casesOf(setup, place);
      for (const one of cases) await takeStart(one, place);
      const samples = await alternate(setup, cases, countOf(setup, rounds), (one) => takeStart(one, place));
      return [
        tableOf('Start to listening', samples, ({ ms }) => ms, goalMs),
        tableOf('Processor time until then', samples, ({ processorMs }) => processorMs),
      ];
    } finally {
      rmSync(place, { recursive: true, force: true });
    }
  },
};

async function casesOf({ dataDir, packs, say }: Setup, place: string): Promise<Case[]> {
  const script = join(place, 'empty.mjs');
  writeFileSync(script, "console.error('empty, listens on nothing');setInterval(() => {}, 1e6);\n");
  symlinkSync(join(dataDir, 'packs'), join(place, 'packs')); // its own state, and the voices that are there
  const other = await otherPackage();
  const packages = [[mine, await thisPackage()] as const, ...(other ? [[older, other] as const] : [])];
  if (packs.length === 0) say('no voice is installed: its rows are missing');
  const voices = packs.slice(0, 1).map(({ id }) => ['embedded voice', { FISH_VOICE: id }] as const);
  const starts = [['origin', { FISH_BACKEND: nowhere }] as const, ...voices];
  const programs = await Promise.all(
    nodes.map(async (major) => [`Node ${major}`, await findNode(major)] as const),
  );
  return programs.flatMap(([node, program]) => {
    const named = (who: string, what: string, more: Pick<Case, 'script' | 'settings'>): Case => ({
      ...{ name: ['start:', node, who, what].filter(Boolean).join(' '), node, program, who, what },
      ...more,
    });
    const servers = packages.flatMap(([who, { folder }]) =>
      starts.map(([what, settings]) =>
        named(who, what, { script: join(folder, 'node_modules/.bin/fish-server'), settings }),
      ),
    );
    return [...servers, named('', empty, { script, settings: {} })];
  });
}

/** @throws when it does not listen in time */
async function takeStart({ program, script, settings }: Case, place: string): Promise<Sample> {
  const own = { FISH_DATA_DIR: place, FISH_LISTEN: '127.0.0.1:0', XDG_CACHE_HOME: join(place, 'cache') };
  const began = performance.now();
  const child = spawnProgram(program, [script], [], { cwd: place, settings: { ...own, ...settings } });
  child.stdout?.resume();
  const line = await firstLine(child, 'stderr', deadlineMs);
  const ms = performance.now() - began;
  const { ran } = await coreTimeOf(child.pid ?? 0);
  await endProcess(child, 'SIGTERM'); // as an operator ends it: what a server keeps for its next start, it may keep
  if (!line.includes('listens on')) throw new Error(`it said: ${line.slice(0, 200)}`);
  return { ms, processorMs: ran / nanosecondsPerMs };
}

/** Of each case, then of this commit over the other, round by round. */
function tableOf(
  title: string,
  samples: ReadonlyMap<Case, readonly Sample[]>,
  pick: (sample: Sample) => number,
  goal?: number,
): Table {
  const taken = [...samples].map(([one, found]) => [one, found.map(pick)] as const);
  const figures = taken.map(
    ([{ node, who, what }, found]): Figure => ({
      cells: [node, who, what],
      unit: 'ms',
      samples: found,
      goal: goal !== undefined && who === mine ? { below: goal } : undefined,
    }),
  );
  const ratios = taken.flatMap(([{ node, who, what }, found]): Figure[] => {
    const [, others] =
      taken.find(([one]) => one.node === node && one.what === what && one.who === older) ?? [];
    if (who !== mine || !others) return [];
    const cells = [node, `${mine} over ${older}`, what];
    return [{ cells, unit: 'x', samples: found.map((ms, round) => ms / (others[round] ?? Number.NaN)) }];
  });
  return { title, headings: ['runtime', 'package', 'what starts'], figures: [...figures, ...ratios] };
}
