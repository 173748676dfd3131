import server from '../../src/adapters/workers/worker.ts';
import type { RemotePool } from '../../src/state/durable-object/client.ts';

/** A call of a Durable Object, by the numbers of the moments in which it began and ended. */
interface Call {
  readonly name: string;
  readonly began: number;
  ended: number;
}

type Env = Readonly<Record<string, unknown>> & {
  readonly POOL: { idFromName(name: string): unknown; get(id: unknown): RemotePool };
};

/** An object is that far away: without it, calls that are made side by side may end one by one. */
const AWAY_MS = 50;
const SETTLED_MS = 500;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The calls that stood one behind the other, at most, before each of several answers began, and the slots that are taken then. */
export async function roundTrips(env: Env, origin: string, settings: object): Promise<unknown> {
  let moment = 0;
  let calls: Call[] = [];
  const recorded = (pool: RemotePool): RemotePool =>
    new Proxy(pool, {
      get:
        (_, name: keyof RemotePool) =>
        async (...asked: unknown[]): Promise<unknown> => {
          const call = { name, began: moment++, ended: Number.POSITIVE_INFINITY };
          calls.push(call);
          try {
            await pause(AWAY_MS);
            return await Reflect.apply(pool[name], pool, asked); // `apply` of a remote method would be a remote method
          } finally {
            call.ended = moment++;
          }
        },
    });
  /** All calls have ended, and no other comes for a while. */
  const settled = async (): Promise<void> => {
    for (let seen = -1; seen !== moment || calls.some(({ ended }) => ended > moment); ) {
      seen = moment;
      await pause(SETTLED_MS);
    }
  };
  const POOL = {
    idFromName: (name: string) => env.POOL.idFromName(name),
    get: (id: unknown) => recorded(env.POOL.get(id)),
  };
  const texts = { FISH_BACKEND: origin, FISH_API_KEY: 'key', FISH_CACHE: 'on', ...settings };
  const answers = [];
  for (const text of ['The first one.', 'The second one.', 'The third one.']) {
    await settled(); // what the request before still had to tell
    calls = [];
    const request = new Request('http://worker/v1/tts', {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer key' },
      body: JSON.stringify({ text, streaming: true, seed: 7 }),
    });
    const response = await server.fetch(request, { ...env, ...texts, POOL });
    const before = calls.map(({ name }) => name);
    const inARow = depth(calls, moment);
    const { byteLength: bytes } = await response.arrayBuffer();
    answers.push({ status: response.status, inARow, before, bytes });
  }
  await settled();
  const status = await env.POOL.get(env.POOL.idFromName('pool')).look([origin]);
  return { answers, taken: status.get(origin)?.taken };
}

/** The length of the longest chain of calls of which each began after the one before had ended. */
function depth(calls: readonly Call[], now: number): number {
  const lengths = new Map<Call, number>();
  for (const call of calls.filter(({ ended }) => ended < now)) {
    const earlier = calls.filter(({ ended }) => ended < call.began).map((one) => lengths.get(one) ?? 0);
    lengths.set(call, 1 + Math.max(0, ...earlier));
  }
  return Math.max(0, ...lengths.values());
}
