/** The stores of a Worker against every check: `/checks` answers a JSON array, `/hold` and `/look` what one does over a restart. */
import { isolateClock } from '../../src/adapters/workers/clock.ts';
import { Pool } from '../../src/adapters/workers/pool-object.ts';
import { workersState } from '../../src/adapters/workers/state.ts';
import type { StateStores } from '../../src/core/store.ts';
import { blobChecks } from './blob-checks.ts';
import { runChecks } from './check.ts';
import { fileChecks } from './file-checks.ts';
import { leaseChecks } from './lease-checks.ts';
import { pronunciationChecks } from './pronunciation-checks.ts';
import { rateChecks } from './rate-checks.ts';
import { recordChecks } from './record-checks.ts';
import { roundTrips } from './round-trips.ts';

export { Pool };

type Env = Readonly<Record<string, unknown>>;

/** As an isolate of its own would have them. */
function storesOf(
  env: Env,
  store = 'auto',
  writeLog = (line: string): void => console.log(line),
): StateStores {
  const config = {
    'state.store': store,
    'cache.max_bytes': 256 * 1024 * 1024,
    'files.store': String(env.FISH_FILES ?? 'auto'),
    'files.max_bytes': 256 * 1024 * 1024,
    'files.s3_access_key': String(env.FISH_S3_ACCESS_KEY ?? ''),
    'files.s3_secret_key': String(env.FISH_S3_SECRET_KEY ?? ''),
    'files.s3_region': 'us-east-1',
    'logging.level': 'info',
    'logging.format': 'json',
  } as const;
  return workersState(env, config, { clock: isolateClock, writeLog, fetch: (url, init) => fetch(url, init) });
}

const place = { id: 'lasting', slots: 3, weight: 1 };
const minute = 60_000;

/** Takes slots and never releases them, as a request that the runtime stopped. */
async function holdSome(env: Env): Promise<unknown> {
  const [one, other] = [storesOf(env), storesOf(env)];
  const taken = [await one.leases.take([place], minute), await other.leases.take([place], minute)];
  await other.rates.take('client', 4, 10, minute);
  await other.records.put('words', 'a', 1);
  return taken.map((lease) => lease?.placeId);
}

async function look(env: Env): Promise<unknown> {
  const { leases, rates, records } = storesOf(env);
  const { remaining } = await rates.take('client', 0, 10, minute);
  const seen = (await leases.status([place.id])).get(place.id);
  return { ...seen, remaining, record: await records.get('words', 'a') };
}

/** 200 takes, each by a client of its own, as from 200 isolates. */
async function crowd(env: Env): Promise<unknown> {
  const takes = Array.from({ length: 200 }, async () => {
    const { leases, rates } = storesOf(env);
    const lease = await leases.take([{ id: 'crowded', slots: 7, weight: 1 }], minute);
    const { allowed } = await rates.take('crowd', 1, 37, minute);
    return { lease: lease !== undefined, allowed };
  });
  const got = await Promise.all(takes);
  return {
    leases: got.filter(({ lease }) => lease).length,
    allowed: got.filter(({ allowed }) => allowed).length,
  };
}

const checks = [
  ...leaseChecks,
  ...rateChecks,
  ...recordChecks,
  ...blobChecks,
  ...pronunciationChecks,
  ...fileChecks,
];

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === '/hold') return Response.json(await holdSome(env));
    if (pathname === '/look') return Response.json(await look(env));
    if (pathname === '/crowd') return Response.json(await crowd(env));
    if (pathname === '/round-trips') {
      const { origin = '', ...settings } = Object.fromEntries(searchParams);
      return Response.json(await roundTrips(env as Parameters<typeof roundTrips>[0], origin, settings));
    }
    const logs: string[] = [];
    const stores = storesOf(env, searchParams.get('store') ?? 'auto', (line) =>
      logs.push(JSON.parse(line).message),
    );
    const { leases, blobs, files } = stores;
    const abilities = { leases: leases.abilities, blobs: blobs.abilities, files: files.abilities };
    return Response.json({
      results: await runChecks(searchParams.has('files') ? fileChecks : checks, stores),
      abilities,
      logs,
    });
  },
};
