import { type Bench, type Counts, countOf, type Figure, type Setup, type Table } from '../bench.ts';
import { percentile, sum } from '../statistics.ts';
import { runCrowd, type Visit } from './clients.ts';
import { type OriginJob, secondsPerWord, withGateway, withOrigins } from './paced-origins.ts';

interface Case {
  readonly clients: number;
  readonly origins: number;
}

interface Outcome {
  readonly visits: readonly Visit[];
  readonly jobs: readonly OriginJob[];
  /** Share of the time in which clients came. */
  readonly busy: number;
}

/** A fast GPU: ten streams at once are all that an origin can keep up with. */
const factor = 0.1;
const clientCounts: Counts<readonly number[]> = { full: [1, 10, 50, 100], quick: [10, 50] };
const originCounts = [1, 3] as const;
const lasting = { full: 20, quick: 15 } as const;
/** Listening and silence take turns: see runCrowd. */
const talking = 0.5;
const percentiles = [0.95, 0.99] as const;
const msPerSecond = 1000;

export const crowds: Bench = {
  title: 'many clients',
  about:
    `Clients that each ask for 20 words or more (${secondsPerWord} s of speech a word), listen, are quiet for as long as ` +
    `that took, and ask again, for ${lasting.full} s, at origins with one slot each that take ${factor} s for a second of ` +
    'speech; every fourth request is left at a random moment. The load is what the clients would need of what the origins ' +
    'can do, were nobody ever to wait. Honest refusals are 503 with Retry-After, which the clients follow.',
  async run(setup) {
    const outcomes = new Map<Case, Outcome>();
    await Promise.all(
      originCounts.map(async (origins) => {
        for (const clients of countOf(setup, clientCounts)) {
          const one = { clients, origins };
          outcomes.set(one, await measure(setup, one, countOf(setup, lasting)));
        }
      }),
    );
    const rows = [...outcomes].sort(([a], [b]) => a.origins - b.origins || a.clients - b.clients);
    return [firstAudioOf(rows), smoothnessOf(rows), leaversOf(rows)];
  },
};

type Rows = readonly (readonly [Case, Outcome])[];

function measure({ say }: Setup, { clients, origins }: Case, seconds: number): Promise<Outcome> {
  const factors = Array.from({ length: origins }, () => factor);
  return withOrigins({ secondsPerWord, factors }, (paced) =>
    withGateway('node', paced.urls, {}, async ({ url }) => {
      say(`many clients: ${clients} at ${origins} origins`);
      const end = performance.timeOrigin + performance.now() + seconds * msPerSecond;
      const visits = await runCrowd(url, { clients, seconds });
      for (const visit of visits.filter(isFailure)) {
        const { status, end, firstMs, audioSeconds } = visit.heard;
        if (!isHonest(visit)) say(`failed: ${status}, ${end}, ${firstMs ?? 'no'} ms, ${audioSeconds} s`);
      }
      const jobs = await paced.settle();
      const busyMs = sum(jobs.map(({ beganAt, endedAt }) => Math.max(0, Math.min(endedAt, end) - beganAt)));
      return { visits, jobs, busy: busyMs / msPerSecond / seconds / origins };
    }),
  );
}

function loadOf({ clients, origins }: Case): number {
  return (clients * talking * factor) / origins;
}

function cellsOf(one: Case, ...more: string[]): string[] {
  return [String(one.origins), String(one.clients), loadOf(one).toFixed(2), ...more];
}

const headings = ['origins', 'clients', 'load'] as const;

function firstAudioOf(rows: Rows): Table {
  const figures = rows.map(([one, { visits, busy }]): Figure => {
    const samples = visits.flatMap(({ heard }) => heard.firstMs ?? []);
    const shares = percentiles.map((share) => `${percentile(samples, share).toFixed(0)} ms`);
    const used = `${(100 * busy).toFixed(0)} %`;
    return { cells: cellsOf(one, used, ...shares), unit: 'ms', samples };
  });
  const names = percentiles.map((share) => `p${share * 100}`);
  return { title: 'First audio in a crowd', headings: [...headings, 'GPU busy', ...names], figures };
}

function smoothnessOf(rows: Rows): Table {
  const figures = rows.flatMap(([one, { visits }]): Figure[] => {
    const count = (what: string, test: (visit: Visit) => boolean, goal?: Figure['goal']): Figure => ({
      cells: cellsOf(one, what),
      unit: '',
      samples: [visits.filter(test).length],
      goal,
    });
    const stalls = visits.map(({ heard }) => heard.underruns);
    const stalledMs = sum(visits.map(({ heard }) => heard.stalledMs));
    return [
      count('requests', () => true),
      count('503 with Retry-After', isHonest),
      count('other failures', (visit) => isFailure(visit) && !isHonest(visit), { atMost: 0 }),
      {
        cells: cellsOf(one, 'underruns'),
        unit: '',
        samples: [sum(stalls)],
        goal: loadOf(one) < 1 ? { atMost: 0 } : undefined,
      },
      { cells: cellsOf(one, 'silence in them'), unit: 'ms', samples: [stalledMs] },
    ];
  });
  return { title: 'Refusals and underruns in a crowd', headings: [...headings, 'figure'], figures };
}

function isHonest({ heard }: Visit): boolean {
  return heard.status === 503 && heard.headers['retry-after'] !== undefined;
}

function isFailure({ heard, leaves }: Visit): boolean {
  return heard.end === 'left' ? !leaves : heard.end === 'broken' || heard.status !== 200;
}

/** What origins did for clients that had left. */
function leaversOf(rows: Rows): Table {
  const figures = rows.flatMap(([one, { visits, jobs }]): Figure[] => {
    const late = visits.flatMap(({ seed, heard: { end, leftAt } }) => {
      if (end !== 'left' || leftAt === undefined) return [];
      return [
        jobs.filter((job) => job.seed === seed && job.endedAt > leftAt).map((job) => ({ ...job, leftAt })),
      ];
    });
    const most = Math.max(0, ...late.map((ofOne) => ofOne.length));
    const spent = late.map((ofOne) =>
      sum(ofOne.map(({ beganAt, endedAt, leftAt }) => endedAt - Math.max(beganAt, leftAt))),
    );
    const begun = late.flat().filter(({ beganAt, leftAt }) => beganAt > leftAt).length;
    return [
      { cells: cellsOf(one, 'most segments for one client'), unit: '', samples: [most], goal: { atMost: 1 } },
      { cells: cellsOf(one, 'segments begun, of all clients'), unit: '', samples: [begun] },
      ...(spent.length > 0 ? [{ cells: cellsOf(one, 'GPU time'), unit: 'ms' as const, samples: spent }] : []),
    ];
  });
  return { title: 'Spent on clients that had left', headings: [...headings, 'figure'], figures };
}
