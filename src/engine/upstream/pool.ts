import type { FishApi, PcmStream } from '../../core/engine.ts';
import type { Ports } from '../../core/ports.ts';
import type { SpeechRequest } from '../../core/request.ts';
import type { LeaseStore } from '../../core/store.ts';
import type { Upstream, UpstreamAbilities } from '../../core/upstream.ts';
import { abortable, ClientGone } from '../../stream/cancel.ts';
import type { AdmittedEngine } from '../scheduling/demand.ts';
import { createPace } from '../scheduling/pace.ts';
import { createRetryBudget, jitteredPauseMs, pause } from '../scheduling/retry.ts';
import { type AttemptParts, runAttempt } from './attempt.ts';
import { affinityOf, mayTake } from './choice.ts';
import { createLiveness, createPoolHealth } from './health.ts';
import { ableFor, locateVoice, nameVoice, unitedVoices } from './locate.ts';
import type { UpstreamConfig } from './options.ts';
import { createOriginQueue } from './origin-queue.ts';
import { pooledUpstreams } from './pooled.ts';
import { createSlots } from './slots.ts';
import { classifyFailure, traitsOf, type Verdict } from './verdict.ts';

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
  const { clock } = ports;
  const random = options.random ?? Math.random;
  const { leases: store, leaseMs = LEASE_MS, breaker, maxPending, deadlineMs } = options;
  const slots = createSlots({ store, leaseMs, breaker }, clock);
  const pace = createPace();
  const budget = createRetryBudget(clock);
  const doubtfulBudget = createRetryBudget(clock); // of its own: who sends bad requests takes no retry from others
  const inBackground = (work: Promise<unknown>): void => {
    const settled = work.catch(() => {});
    ports.background?.(settled);
  };
  let pooled = pooledUpstreams(options.upstreams, [], options.create);
  const origins = (): typeof pooled => pooled;
  const queue = createOriginQueue({
    maxPending,
    deadlineMs,
    clock,
    slots,
    pace,
    origins,
    random,
    inBackground,
  });
  const failures = new Map<string, number>();
  const attemptParts: AttemptParts = {
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
  const health = createPoolHealth(origins, slots, clock, inBackground);
  const fish = options.fishApi?.(() => pooled.map(({ origin }) => origin));
  /** Which family spoke the beginning of a text, by its thread. */
  const families = new WeakMap<object, string>();

  const isUnnamed = (voice: string | undefined): boolean =>
    pooled.every(({ origin }) => origin.voiceOf(voice) === null);

  return {
    id: POOL_ID,
    identity: () => identityOf(pooled.map(({ place }) => place)),
    get abilities() {
      const all = pooled.map(({ origin }) => origin.abilities);
      return {
        clones: all.some(({ clones }) => clones),
        changesPace: all.some(({ changesPace }) => changesPace),
        takesInstructions: all.some(({ takesInstructions }) => takesInstructions),
      };
    },
    clones: () => pooled.some(({ origin }) => origin.abilities.clones),
    isUnnamed,
    voiceKey({ voice = '', instructions }) {
      const name = isUnnamed(voice) ? '' : voice;
      const isTold = instructions !== undefined && this.abilities.takesInstructions;
      return isTold ? JSON.stringify([name, instructions]) : name;
    },
    voices: () => unitedVoices(pooled),
    voiceOf: (asked) => nameVoice(asked, pooled),
    health,
    ...(fish && { fish }),
    setUpstreams(resources) {
      pooled = pooledUpstreams(resources, pooled, options.create);
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
      upstreams: pooled.map(({ id, place, breakerOpen }) => ({
        kind: place.kind,
        slots: place.slots,
        inUse: slots.taken(id),
        isShut: breakerOpen,
        isDraining: place.drain,
        failures: failures.get(id) ?? 0,
      })),
    }),
    async close() {
      queue.close();
    },
    async open(request, signal): Promise<PcmStream> {
      if (signal.aborted) throw new ClientGone(signal.reason);
      const deadlineAt = clock.now() + deadlineMs;
      const inUse = pooled.filter(({ place }) => !place.drain);
      const { client, isContinuation: heard, playbackDeadline, utteranceId } = request;
      const where = await abortable(locateVoice(request.voice, inUse), signal);
      const { voice, ids } = ableFor(request, where, inUse, utteranceId && families.get(utteranceId));
      const affinity = affinityOf(request, voice);
      const constraints = {
        ids,
        deprioritized: new Set<string>(),
        excluded: new Set<string>(),
        affinity,
        deadlineAt,
      };
      const waiter = { client, heard, playbackDeadline, characters: request.text.length };
      const speaking = { request, voice, blamed: new Set<string>() };
      const doubted: string[] = [];
      /** Whether it is worth another try, after a pause where the same origin would be asked again. */
      const prepareRetry = async (failed: string, { again }: Verdict, retry: number): Promise<boolean> => {
        const isDoubtful = again === 'once elsewhere';
        if (again === 'never' || signal.aborted || retry >= options.retries) return false;
        if (isDoubtful && doubted.length > 1) return false; // two origins agree
        (again === 'anywhere' ? constraints.deprioritized : constraints.excluded).add(failed);
        const able = pooled.filter((each) => mayTake(each, constraints));
        if (able.length === 0 || !(isDoubtful ? doubtfulBudget : budget).take()) return false;
        const others = able.filter(
          ({ id, cooldownUntil }) => !constraints.deprioritized.has(id) && cooldownUntil <= clock.now(),
        );
        if (others.length === 0) await pause(jitteredPauseMs(retry, random), clock, signal);
        return true;
      };

      budget.request();
      doubtfulBudget.request();
      const attempt = async (): Promise<PcmStream> => {
        const began = clock.now();
        let queueMs = 0;
        let failure: unknown;
        for (let retry = 0; ; retry++) {
          const asked = clock.now();
          const grant = await queue.enter(constraints, waiter, retry > 0, signal).catch((error: unknown) => {
            throw error instanceof ClientGone ? error : (failure ?? error);
          });
          queueMs += clock.now() - asked;
          try {
            await request.limitsKnown;
            if (signal.aborted) {
              await grant.lease.release();
              queue.wake();
              throw new ClientGone(signal.reason);
            }
            const stream = await runAttempt(grant, speaking, attemptParts, signal);
            if (utteranceId) families.set(utteranceId, grant.origin.origin.family);
            return { ...stream, queueMs, sourceMs: clock.now() - began - queueMs };
          } catch (error) {
            const verdict = classifyFailure(error);
            if (verdict.origin === 'suspected') doubted.push(grant.origin.id);
            if (!(await prepareRetry(grant.origin.id, verdict, retry))) throw error;
            failure = error;
          }
        }
      };
      /** Counts the failures that may be the request's own, now that it is known what other origins made of it. */
      const settleDoubts = async (wasSpoken: boolean): Promise<void> => {
        if (doubted.length === 0) return;
        const traits = await traitsOf(request, voice, wasSpoken);
        await Promise.all(doubted.map((id) => slots.report(id, 'failed', traits)));
      };
      const stream = await attempt().catch(async (error: unknown) => {
        await settleDoubts(false);
        throw error;
      });
      inBackground(settleDoubts(true));
      return stream;
    },
  };
}

/** All that decides what is heard, and nothing secret; the order of configuration means nothing. */
function identityOf(resources: readonly UpstreamConfig[]): string {
  const each = resources.map(({ kind, url, model, voices }) =>
    JSON.stringify([kind, url, model, voices?.[0]]),
  );
  return each.sort().join();
}
