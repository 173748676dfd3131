import type { FishApi, UpstreamLoad } from '../../core/engine.ts';
import type { Ports } from '../../core/ports.ts';
import type { SpeechRequest } from '../../core/request.ts';
import type { LeaseStore } from '../../core/store.ts';
import type { Upstream, UpstreamAbilities } from '../../core/upstream.ts';
import type { AdmittedEngine } from '../scheduling/demand.ts';
import { createPace } from '../scheduling/pace.ts';
import { createRetryBudget } from '../scheduling/retry.ts';
import type { AttemptParts } from './attempt.ts';
import type { PooledOrigin } from './choice.ts';
import { createLiveness, createPoolHealth } from './health.ts';
import { nameVoice, unitedVoices } from './locate.ts';
import type { UpstreamConfig } from './options.ts';
import { createOriginQueue } from './origin-queue.ts';
import { pooledUpstreams } from './pooled.ts';
import { openRouted, type Routing } from './routed-request.ts';
import { createSlots, type Slots } from './slots.ts';

/** All times are milliseconds. */
export interface PoolOptions {
  readonly upstreams: readonly UpstreamConfig[];
  readonly create: (place: UpstreamConfig) => Upstream;
  /** What else those can do that are Fish-Speech servers; undefined where none is. */
  readonly fishApi?: ((upstreams: () => readonly Upstream[]) => FishApi | undefined) | undefined;
  readonly leases: LeaseStore;
  /** Requests that may wait for a slot. */
  readonly maxPending: number;
  /** Longest wait of a request for its first audio; refused at once where the measured pace says it would be longer. */
  readonly deadlineMs: number;
  /** Audio that is held in all for listeners that are slower than their origins; see `read-ahead`. */
  readonly maxReadAheadBytes?: number | undefined;
  /** How often a request that failed before its first audio is tried again. */
  readonly retries: number;
  /** So many failed requests in a row shut an origin for `pauseMs`; then one request tries it. */
  readonly breaker: { readonly failures: number; readonly pauseMs: number };
  /** How long a server that was killed holds its slots. */
  readonly leaseMs?: number | undefined;
  /** 0..1, as `Math.random`. */
  readonly random?: (() => number) | undefined;
  /** For the log: an origin's address and why it counts as failed, also where a retry made good for it. */
  readonly onFailure?: ((url: string, error: unknown) => void) | undefined;
}

/** Many upstreams as one engine, with the queue before them. */
export interface UpstreamPool extends AdmittedEngine {
  /** What speaks, as far as it decides how a voice sounds: it belongs in the key of kept speech. */
  identity(): string;
  /** What one of them can do at least. */
  readonly abilities: UpstreamAbilities;
  /** Whether a name leaves the voice to them. */
  isUnnamed(voice: string | undefined): boolean;
  /** Equal for requests of one voice that is told to speak in one way. */
  voiceKey(request: Pick<SpeechRequest, 'voice' | 'instructions'>): string;
  /** From now on these are the upstreams. Speech that runs on one that is not among them goes on. */
  setUpstreams(resources: readonly UpstreamConfig[]): void;
}

/** Name of the engine, whatever the kinds of its upstreams: `X-Engine` says which of them spoke. */
const POOL_ID = 'fish';

const LEASE_MS = 5000;
/** 47 s of 44.1 kHz mono: more than a segment. */
const BODY_AHEAD_BYTES = 4 * 1024 * 1024;
const ALL_AHEAD_BYTES = 64 * 1024 * 1024;

export function createUpstreamPool(
  options: PoolOptions,
  ports: Pick<Ports, 'fetch' | 'clock' | 'relay' | 'background'>,
): UpstreamPool {
  let pooled = pooledUpstreams(options.upstreams, [], options.create);
  let traits = traitsOf(pooled);
  const origins = (): readonly PooledOrigin[] => pooled;
  const { routing, failures, health } = partsOf(options, origins, ports);
  const { queue } = routing;
  const { slots } = routing.attempt;
  const fish = options.fishApi?.(() => pooled.map(({ origin }) => origin));
  const isUnnamed = (voice: string | undefined): boolean =>
    pooled.every(({ origin }) => origin.voiceOf(voice) === null);

  return {
    id: POOL_ID,
    identity: () => traits.identity,
    get abilities() {
      return traits.abilities;
    },
    clones: () => traits.abilities.clones,
    isUnnamed,
    voiceKey({ voice = '', instructions }) {
      const name = isUnnamed(voice) ? '' : voice;
      const isTold = instructions !== undefined && traits.abilities.takesInstructions;
      return isTold ? JSON.stringify([name, instructions]) : name;
    },
    voices: () => unitedVoices(pooled),
    voiceOf: (asked) => nameVoice(asked, pooled),
    health,
    ...(fish && { fish }),
    setUpstreams(resources) {
      pooled = pooledUpstreams(resources, pooled, options.create);
      traits = traitsOf(pooled);
      queue.wake();
    },
    get pending() {
      return queue.pending;
    },
    get running() {
      return slots.taken();
    },
    load: () => ({
      queued: queue.pending,
      running: slots.taken(),
      upstreams: pooled.map((each) => loadOf(each, slots, failures)),
    }),
    async close() {
      queue.close();
    },
    open: (request, signal) => openRouted(request, routing, signal),
  };
}

/** What the requests of a pool share. */
function partsOf(
  options: PoolOptions,
  origins: () => readonly PooledOrigin[],
  ports: Pick<Ports, 'clock' | 'relay' | 'background'>,
): {
  readonly routing: Routing;
  /** By address, since the server began. */
  readonly failures: ReadonlyMap<string, number>;
  readonly health: ReturnType<typeof createPoolHealth>;
} {
  const { clock } = ports;
  const { leases: store, leaseMs = LEASE_MS, breaker, maxPending, deadlineMs, retries } = options;
  const random = options.random ?? Math.random;
  const slots = createSlots({ store, leaseMs, breaker }, clock);
  const pace = createPace();
  const inBackground = (work: Promise<unknown>): void => {
    const settled = work.catch(() => {});
    ports.background?.(settled);
  };
  const waiting = { ...ports, maxPending, deadlineMs, slots, pace, origins, random, inBackground };
  const queue = createOriginQueue(waiting);
  const failures = new Map<string, number>();
  const attempt: AttemptParts = {
    slots,
    liveness: createLiveness(slots, clock, inBackground),
    pace,
    bounds: { bodyBytes: BODY_AHEAD_BYTES, shared: { left: options.maxReadAheadBytes ?? ALL_AHEAD_BYTES } },
    ports,
    inBackground,
    freed: queue.wake,
    onFailure(url, error) {
      failures.set(url, (failures.get(url) ?? 0) + 1);
      options.onFailure?.(url, error);
    },
  };
  const budgets = { certain: createRetryBudget(clock), doubtful: createRetryBudget(clock) };
  const families = new WeakMap<object, string>();
  return {
    routing: { origins, queue, attempt, deadlineMs, retries, budgets, families, random },
    failures,
    health: createPoolHealth(origins, slots, clock, inBackground),
  };
}

/** What is asked for with each request, and changes with the upstreams alone. */
function traitsOf(pooled: readonly PooledOrigin[]): {
  readonly identity: string;
  readonly abilities: UpstreamAbilities;
} {
  const all = pooled.map(({ origin }) => origin.abilities);
  return {
    identity: identityOf(pooled.map(({ place }) => place)),
    abilities: {
      clones: all.some(({ clones }) => clones),
      changesPace: all.some(({ changesPace }) => changesPace),
      takesInstructions: all.some(({ takesInstructions }) => takesInstructions),
    },
  };
}

function loadOf(
  { id, place, breakerOpen }: PooledOrigin,
  slots: Slots,
  failures: ReadonlyMap<string, number>,
): UpstreamLoad {
  return {
    kind: place.kind,
    url: place.url,
    slots: place.slots,
    inUse: slots.taken(id),
    isShut: breakerOpen,
    isDraining: place.drain,
    failures: failures.get(id) ?? 0,
  };
}

/** All that decides what is heard, and nothing secret; the order of configuration means nothing. */
function identityOf(resources: readonly UpstreamConfig[]): string {
  const each = resources.map(({ kind, url, model, voices }) =>
    JSON.stringify([kind, url, model, voices?.[0]]),
  );
  return each.sort().join();
}
