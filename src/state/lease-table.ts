import type { LeaseResource, ResourceStatus } from '../core/store.ts';

/** What asking for a slot came to. */
export interface TakeAnswer {
  readonly placeId: string | undefined;
  /** Without a slot: until one may become free by itself (a lease or a pause ends), in milliseconds; undefined when nothing ends by itself. */
  readonly waitMs: number | undefined;
  /** Of each of the resources that were asked for, as it is now. */
  readonly status: ReadonlyMap<string, ResourceStatus>;
}

export interface LeaseKey {
  readonly placeId: string;
  readonly leaseId: string;
}

export interface BreakerRule {
  readonly failures: number;
  readonly pauseMs: number;
}

/** Who holds which slot, and which resource is shut: the rules without a clock, a socket or a disk. */
export interface LeaseTable {
  take(resources: readonly LeaseResource[], leaseId: string, leaseMs: number): TakeAnswer;
  /** Also takes up a lease that this table does not know: it runs, whatever the table forgot. */
  renew(lease: LeaseKey, leaseMs: number): void;
  release(lease: LeaseKey): void;
  /** Whether a slot may have become free by it. See `LeaseStore.report` for `traits`. */
  report(
    placeId: string,
    outcome: 'worked' | 'failed',
    rule: BreakerRule,
    traits?: readonly string[],
  ): boolean;
  status(placeId: string): ResourceStatus;
  /** JSON; `restore` takes it back. */
  snapshot(): LeaseSnapshot;
  restore(snapshot: LeaseSnapshot): void;
}

export type LeaseSnapshot = readonly (readonly [placeId: string, state: ResourceSnapshot])[];

interface ResourceSnapshot {
  readonly leases: readonly (readonly [leaseId: string, endsAt: number])[];
  readonly failures: number;
  readonly shutUntil: number;
  readonly trial?: string | undefined;
  readonly traits?: readonly string[] | undefined;
}

/** Traits that are remembered of a resource: those of a dozen failures. `redis-leases.ts` keeps as many. */
export const MAX_TRAITS = 64;

interface ResourceState {
  /** When each lease ends, in the table's milliseconds. */
  readonly leases: Map<string, number>;
  /** None of them ends earlier: until then nobody need look through them all. */
  firstEnd: number;
  failures: number;
  /** 0: open. In the past: half open, one lease at a time tries it. */
  shutUntil: number;
  /** The lease that tries a half-open resource. */
  trial: string | undefined;
  /** Of the failures since it last worked that may be their requests' own, the newest last. */
  traits: readonly string[];
}

function emptyState(): ResourceState {
  const firstEnd = Number.POSITIVE_INFINITY;
  return { leases: new Map(), firstEnd, failures: 0, shutUntil: 0, trial: undefined, traits: [] };
}

/** `now` in milliseconds; it never goes back. */
export function createLeaseTable(now: () => number): LeaseTable {
  return new Table(now);
}

class Table implements LeaseTable {
  readonly #now: () => number;
  readonly #states = new Map<string, ResourceState>();

  constructor(now: () => number) {
    this.#now = now;
  }

  take(resources: readonly LeaseResource[], leaseId: string, leaseMs: number): TakeAnswer {
    let freeAt = Number.POSITIVE_INFINITY;
    for (const { id: placeId, slots } of resources) {
      const state = this.#current(placeId);
      if (!this.#refuses(state) && state.leases.size < slots) {
        this.#hold(state, leaseId, leaseMs);
        if (state.shutUntil > 0) state.trial = leaseId;
        this.#keep(placeId, state);
        return { placeId, waitMs: undefined, status: this.#statusOfAll(resources) };
      }
      const full = state.leases.size >= slots || state.trial !== undefined;
      const ends = full ? Math.min(...state.leases.values()) : 0;
      freeAt = Math.min(freeAt, Math.max(ends, state.shutUntil));
    }
    return {
      placeId: undefined,
      waitMs: Number.isFinite(freeAt) ? Math.max(1, freeAt - this.#now()) : undefined,
      status: this.#statusOfAll(resources),
    };
  }

  renew({ placeId, leaseId }: LeaseKey, leaseMs: number): void {
    const state = this.#current(placeId);
    this.#hold(state, leaseId, leaseMs);
    this.#keep(placeId, state);
  }

  release({ placeId, leaseId }: LeaseKey): void {
    const state = this.#current(placeId);
    state.leases.delete(leaseId);
    if (state.trial === leaseId) state.trial = undefined;
    this.#keep(placeId, state);
  }

  report(
    placeId: string,
    outcome: 'worked' | 'failed',
    rule: BreakerRule,
    traits?: readonly string[],
  ): boolean {
    const state = this.#current(placeId);
    const wasOpen = state.shutUntil === 0;
    if (outcome === 'worked') return this.#answersAgain(placeId, state, 0, []);
    const isTried = !wasOpen && this.#now() >= state.shutUntil;
    /** One request alone proves nothing about the resource. */
    const isFirst = traits !== undefined && state.traits.length === 0;
    if (traits) {
      if (traits.some((trait) => state.traits.includes(trait))) return false;
      const all = [...state.traits, ...traits].slice(-MAX_TRAITS);
      // It was shut because it gave no answer, and now it gives one, be it a failure.
      if (isFirst && isTried) return this.#answersAgain(placeId, state, 1, all);
      state.traits = all;
    }
    state.failures = Math.min(state.failures + 1, rule.failures);
    if (!isFirst && (isTried || (wasOpen && state.failures >= rule.failures))) this.#shut(state, rule);
    this.#keep(placeId, state);
    return false;
  }

  status(placeId: string): ResourceStatus {
    const state = this.#current(placeId);
    return { taken: state.leases.size, shut: this.#refuses(state) };
  }

  snapshot(): LeaseSnapshot {
    return [...this.#states].map(([id, { firstEnd: _, ...state }]) => [
      id,
      { ...state, leases: [...state.leases] },
    ]);
  }

  restore(snapshot: LeaseSnapshot): void {
    for (const [id, state] of snapshot) {
      const { trial, traits = [] } = state;
      const leases = new Map(state.leases);
      this.#states.set(id, { ...state, leases, firstEnd: Math.min(...leases.values()), trial, traits });
    }
  }

  /** The resource without what has ended meanwhile. */
  #current(placeId: string): ResourceState {
    const known = this.#states.get(placeId);
    if (!known) return emptyState();
    const now = this.#now();
    if (known.firstEnd <= now) {
      for (const [id, endsAt] of known.leases) if (endsAt <= now) known.leases.delete(id);
      known.firstEnd = Math.min(...known.leases.values());
    }
    if (known.trial !== undefined && !known.leases.has(known.trial)) known.trial = undefined;
    return known;
  }

  #hold(state: ResourceState, leaseId: string, leaseMs: number): void {
    const endsAt = this.#now() + leaseMs;
    state.leases.set(leaseId, endsAt);
    state.firstEnd = Math.min(state.firstEnd, endsAt);
  }

  /** A resource about which there is nothing to say is forgotten. */
  #keep(placeId: string, state: ResourceState): void {
    if (state.leases.size === 0 && state.failures === 0 && state.shutUntil === 0)
      this.#states.delete(placeId);
    else this.#states.set(placeId, state);
  }

  #refuses(state: ResourceState): boolean {
    return this.#now() < state.shutUntil || state.trial !== undefined;
  }

  #shut(state: ResourceState, { pauseMs }: BreakerRule): void {
    state.shutUntil = this.#now() + pauseMs;
    state.trial = undefined;
  }

  /** Opens a resource. Whether it was shut. */
  #answersAgain(placeId: string, state: ResourceState, failures: number, traits: readonly string[]): boolean {
    const wasShut = state.shutUntil > 0;
    Object.assign(state, { failures, shutUntil: 0, trial: undefined, traits });
    this.#keep(placeId, state);
    return wasShut;
  }

  #statusOfAll(resources: readonly LeaseResource[]): ReadonlyMap<string, ResourceStatus> {
    return new Map(resources.map(({ id }) => [id, this.status(id)]));
  }
}
