import type { Runtime } from '../../test/conformance/server.ts';
import { type Bench, countOf, type Figure, type Table } from '../bench.ts';
import { runtimeName } from '../machine.ts';
import { runModule } from '../processes.ts';
import { alignRows } from '../tables.ts';
import { secret, withLoaded } from './server.ts';
import type { UsersReport, UsersTask } from './users-child.ts';

const child = new URL('./users-child.ts', import.meta.url);
/** It speaks one request after the other, as Fish-Speech does, but at once. */
export const fakeOrigin = {
  module: new URL('../../test/fake-origin.ts', import.meta.url),
  args: ['--seconds-per-word', '0.1'],
};
const crowds = { full: [1, 10, 50, 100], quick: [1, 10] } as const;
const seconds = { full: 20, quick: 3 } as const;
const endSeconds = 90;

interface Run {
  readonly runtime: Runtime;
  readonly users: number;
  readonly report: UsersReport;
}

/** @throws when the users do not come to an end */
export async function sendUsers(url: string, users: number, lasting: number): Promise<UsersReport> {
  const task: UsersTask = { url, secret, users, seconds: lasting };
  return (await runModule('node', child, task, (lasting + endSeconds) * 1000)) as UsersReport;
}

export const users: Bench = {
  title: 'users',
  about:
    'Users who ask again as soon as they have been answered, each on a connection of its own: for speech that is kept ' +
    'and speech that is not, in WAV, MP3 and Opus, whole, streamed and by events, for what else clients ask, and one ' +
    'request in ten that has to be refused; every tenth user has a socket. The origin takes no time, so that the gateway ' +
    'is what is measured. Bodies are read to their ends: one that breaks off has failed. Users, server and origin share ' +
    'the machine.',
  async run(setup) {
    const runs: Run[] = [];
    const lasting = countOf(setup, seconds);
    for (const runtime of setup.runtimes) {
      await withLoaded(runtime, fakeOrigin, {}, async ({ url }) => {
        await sendUsers(url, 5, 2); // code is compiled, connections are open
        for (const crowd of countOf<readonly number[]>(setup, crowds)) {
          setup.say(`users: ${runtime}, ${crowd} at once`);
          runs.push({ runtime, users: crowd, report: await sendUsers(url, crowd, lasting) });
        }
      });
    }
    return [crowdTable(runs, lasting), ...kindTables(runs), failureTable(runs)];
  },
};

const ms = (value: number): string => `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ms`;

function rowOf({ served, refused, failed, first, whole }: UsersReport['all']): string[] {
  const counts = [served, refused, failed].map(String);
  return [...counts, ms(first.p50), ms(first.p95), ms(first.p99), ms(whole.p50), ms(whole.p99)];
}

const columns = [
  'served',
  'refused',
  'failed',
  'first p50',
  'first p95',
  'first p99',
  'whole p50',
  'whole p99',
];

function crowdTable(runs: readonly Run[], lasting: number): Table {
  const rows = runs.map(({ runtime, users: crowd, report: { all } }) => {
    const rate = ((all.served + all.refused) / lasting).toFixed(0);
    return [runtimeName(runtime), String(crowd), `${rate}/s`, ...rowOf(all)];
  });
  return {
    title: 'Answers to so many users',
    headings: [],
    figures: [],
    text: alignRows([['runtime', 'users', 'answers', ...columns], ...rows]).join('\n'),
    notes: ['Refused is 429 or 503 with `Retry-After`; first is the first byte of the body, whole its last.'],
  };
}

/** For the largest crowd of each runtime. */
function kindTables(runs: readonly Run[]): Table[] {
  const largest = Math.max(...runs.map((run) => run.users));
  return runs
    .filter((run) => run.users === largest)
    .map(({ runtime, users: crowd, report }) => {
      const rows = Object.entries(report.kinds).map(([kind, tally]) => [kind, ...rowOf(tally)]);
      return {
        title: `By kind, ${crowd} users on ${runtimeName(runtime)}`,
        headings: [],
        figures: [],
        text: alignRows([['kind', ...columns], ...rows]).join('\n'),
      };
    });
}

function failureTable(runs: readonly Run[]): Table {
  const figures = runs.map(
    ({ runtime, users: crowd, report }): Figure => ({
      cells: [runtimeName(runtime), String(crowd)],
      unit: '',
      samples: [report.all.failed],
      goal: { atMost: 0 },
    }),
  );
  const notes = runs.flatMap(({ runtime, users: crowd, report }) =>
    Object.entries(report.failures).map(
      ([line, times]) => `- ${runtimeName(runtime)}, ${crowd} users: ${times} times ${line}`,
    ),
  );
  return {
    title: 'Failures: no answer, a broken one, or another than 429 and 503 with Retry-After',
    headings: ['runtime', 'users'],
    figures,
    notes,
  };
}
