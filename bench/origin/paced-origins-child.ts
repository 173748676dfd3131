/**
 * Fake Fish-Speech origins that take real time, in a process of their own: `node bench/origin/paced-origins-child.ts` with an
 * `OriginsTask` as argv[2] prints `{"urls":[…]}`, and for each line on stdin an `OriginsReport`. Ends when stdin ends.
 */
import { createInterface } from 'node:readline';
import type { SeenRequest } from '../../test/fake-origin/routes.ts';
import { startFakeOrigin } from '../../test/fake-origin.ts';
import type { OriginJob, OriginsReport, OriginsTask } from './paced-origins.ts';

const { secondsPerWord, factors } = JSON.parse(process.argv[2] ?? '{}') as OriginsTask;
const origins = await Promise.all(
  factors.map((generationFactor) => startFakeOrigin({ secondsPerWord, generationFactor })),
);
const reported = new Set<SeenRequest>();

/** A job that is over; its body, which may hold a reference of many seconds, is forgotten. */
function toJob(seen: SeenRequest, origin: number): OriginJob | undefined {
  const { beganAt, doneAt, leftAt } = seen;
  if (beganAt === undefined || doneAt === undefined || reported.has(seen)) return undefined;
  reported.add(seen);
  const { text, seed } = seen.body as { readonly text: string; readonly seed: number | null };
  seen.body = undefined;
  const epoch = (at: number): number => performance.timeOrigin + at;
  return {
    origin,
    text,
    seed,
    beganAt: epoch(beganAt),
    endedAt: epoch(doneAt),
    abandoned: leftAt !== undefined,
  };
}

function report(): OriginsReport {
  const jobs = origins.flatMap(({ spoken }, index) => spoken.flatMap((seen) => toJob(seen, index) ?? []));
  return { jobs, queued: origins.reduce((sum, { queued }) => sum + queued, 0) };
}

const say = (message: object): void => void process.stdout.write(`${JSON.stringify(message)}\n`);
say({ urls: origins.map(({ url }) => url) });
createInterface({ input: process.stdin })
  .on('line', () => say(report()))
  .on('close', () => process.exit(0));
