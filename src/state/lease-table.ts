import type { Place } from './store.ts';

/** What asking for a slot came to. */
export interface TakeAnswer {
  readonly placeId: string | undefined;
  /** Without a slot: until one may become free by itself (a lease or a pause ends), in milliseconds; undefined when nothing ends by itself. */
  readonly waitMs: number | undefined;
}

export interface LeaseKey {
  readonly placeId: string;
  readonly leaseId: string;
}

export interface BreakerRule {
  readonly failures: number;
  readonly pauseMs: number;
}

export interface PlaceLook {
  readonly taken: number;
  readonly shut: boolean;
}

/** Who holds which slot, and which place is shut: the rules without a clock, a socket or a disk. */
export interface LeaseTable {
  take(places: readonly Place[], leaseId: string, leaseMs: number): TakeAnswer;
  /** Also takes up a lease that this table does not know: it runs, whatever the table forgot. */
  renew(lease: LeaseKey, leaseMs: number): void;
  release(lease: LeaseKey): void;
  /** Whether a slot may have become free by it. */
  report(placeId: string, outcome: 'worked' | 'failed', rule: BreakerRule): boolean;
  look(placeId: string): PlaceLook;
  /** JSON; `restore` takes it back. */
  snapshot(): LeaseSnapshot;
  restore(snapshot: LeaseSnapshot): void;
}

export type LeaseSnapshot = readonly (readonly [placeId: string, state: PlaceSnapshot])[];

interface PlaceSnapshot {
  readonly leases: readonly (readonly [leaseId: string, endsAt: number])[];
  readonly failures: number;
  readonly shutUntil: number;
  readonly trial?: string | undefined;
}

interface PlaceState {
  /** When each lease ends, in the table's milliseconds. */
  readonly leases: Map<string, number>;
  failures: number;
  /** 0: open. In the past: half open, one lease at a time tries it. */
  shutUntil: number;
  /** The lease that tries a half-open place. */
  trial: string | undefined;
}

/** `now` in milliseconds; it never goes back. */
export function createLeaseTable(now: () => number): LeaseTable {
  const states = new Map<string, PlaceState>();

  /** The place without what has ended meanwhile. */
  const current = (placeId: string): PlaceState => {
    const known = states.get(placeId);
    if (!known) return { leases: new Map(), failures: 0, shutUntil: 0, trial: undefined };
    for (const [id, endsAt] of known.leases) if (endsAt <= now()) known.leases.delete(id);
    if (known.trial !== undefined && !known.leases.has(known.trial)) known.trial = undefined;
    return known;
  };
  /** A place about which there is nothing to say is forgotten. */
  const keep = (placeId: string, state: PlaceState): void => {
    if (state.leases.size === 0 && state.failures === 0 && state.shutUntil === 0) states.delete(placeId);
    else states.set(placeId, state);
  };
  const refuses = (state: PlaceState): boolean => now() < state.shutUntil || state.trial !== undefined;

  return {
    take(places, leaseId, leaseMs) {
      let freeAt = Number.POSITIVE_INFINITY;
      for (const { id: placeId, slots } of places) {
        const state = current(placeId);
        if (!refuses(state) && state.leases.size < slots) {
          state.leases.set(leaseId, now() + leaseMs);
          if (state.shutUntil > 0) state.trial = leaseId;
          keep(placeId, state);
          return { placeId, waitMs: undefined };
        }
        const full = state.leases.size >= slots || state.trial !== undefined;
        const ends = full ? Math.min(...state.leases.values()) : 0;
        freeAt = Math.min(freeAt, Math.max(ends, state.shutUntil));
      }
      return {
        placeId: undefined,
        waitMs: Number.isFinite(freeAt) ? Math.max(1, freeAt - now()) : undefined,
      };
    },
    renew({ placeId, leaseId }, leaseMs) {
      const state = current(placeId);
      state.leases.set(leaseId, now() + leaseMs);
      keep(placeId, state);
    },
    release({ placeId, leaseId }) {
      const state = current(placeId);
      state.leases.delete(leaseId);
      if (state.trial === leaseId) state.trial = undefined;
      keep(placeId, state);
    },
    report(placeId, outcome, rule) {
      const state = current(placeId);
      const wasOpen = state.shutUntil === 0;
      if (outcome === 'worked') {
        state.failures = 0;
        state.shutUntil = 0;
        state.trial = undefined;
      } else {
        state.failures = Math.min(state.failures + 1, rule.failures);
        const again = !wasOpen && now() >= state.shutUntil;
        if (again || (wasOpen && state.failures >= rule.failures)) {
          state.shutUntil = now() + rule.pauseMs;
          state.trial = undefined;
        }
      }
      keep(placeId, state);
      return outcome === 'worked' && !wasOpen;
    },
    look(placeId) {
      const state = current(placeId);
      return { taken: state.leases.size, shut: refuses(state) };
    },
    snapshot: () => [...states].map(([id, state]) => [id, { ...state, leases: [...state.leases] }]),
    restore(snapshot) {
      for (const [id, state] of snapshot) {
        states.set(id, { ...state, leases: new Map(state.leases), trial: state.trial });
      }
    },
  };
}
