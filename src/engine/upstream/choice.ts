import { SpeechFailure } from '../../core/errors.ts';
import type { SpeechRequest } from '../../core/request.ts';
import type { Upstream, UpstreamVoice } from '../../core/upstream.ts';
import { overloaded } from '../scheduling/room.ts';
import type { UpstreamConfig } from './options.ts';
import type { SlotStatus } from './slots.ts';

/** An origin in a pool. */
export interface PooledOrigin {
  /** Its address. */
  readonly id: string;
  readonly origin: Upstream;
  place: UpstreamConfig;
  /** It asked to be left alone until then, in the clock's milliseconds. */
  cooldownUntil: number;
  /** Its breaker was seen shut, and nothing has worked since. */
  breakerOpen: boolean;
  /** A job whose client has left is expected to keep it busy until then: Fish-Speech cannot be told to stop. */
  orphanedUntil: number;
  /** When it last gave audio, in the clock's milliseconds; undefined when it never did. */
  spokeAt: number | undefined;
}

/** What a request asks of an origin. */
export interface RoutingConstraints {
  /** Ids of the origins that have its voice; undefined: any. */
  readonly ids?: ReadonlySet<string> | undefined;
  /** Ids that failed it: taken only when no other is there. */
  readonly deprioritized: ReadonlySet<string>;
  /** Ids that would fail it again. */
  readonly excluded: ReadonlySet<string>;
  /** See `affinityOf`. */
  readonly affinity: string | undefined;
  /** When it must have its turn, in the clock's milliseconds. */
  readonly deadlineAt: number;
}

/** How things stand. */
export interface PoolSnapshot {
  readonly slotStatus: SlotStatus;
  /** In the clock's milliseconds. */
  readonly now: number;
  /** 0..1, as `Math.random`. */
  readonly random: () => number;
}

/** The longest rest of all origins that a request waits for, instead of being told to come back. */
const MAX_REST_MS = 5000;

/**
 * The origins that may take a request, the best one first: of those that did not fail it, the one with the most free slots,
 * and among equally free ones that which knows its voice. Empty: it is worth waiting.
 *
 * @throws SpeechFailure `origin_unavailable` when none may take it, `overloaded` when all of them asked for a rest that is
 * too long to wait for
 */
export function chooseOrigins(
  origins: readonly PooledOrigin[],
  constraints: RoutingConstraints,
  snapshot: PoolSnapshot,
): readonly PooledOrigin[] {
  const { slotStatus, now, random } = snapshot;
  const able = origins.filter((each) => mayTake(each, constraints));
  const open = openOrigins(able, snapshot);
  if (open.length === 0) {
    const resting = able.filter(({ cooldownUntil }) => cooldownUntil > now);
    const restMs = Math.min(...resting.map(({ cooldownUntil }) => cooldownUntil - now));
    if (restMs <= MAX_REST_MS && now + restMs < constraints.deadlineAt) return [];
    throw resting.length > 0 ? overloaded(restMs) : new SpeechFailure({ code: 'origin_unavailable' });
  }
  const untried = open.filter(({ id }) => !constraints.deprioritized.has(id));
  return (untried.length > 0 ? untried : open)
    .map((each) => {
      const { slots, weight } = each.place;
      const score = scoreOf({ id: each.id, weight }, constraints.affinity, random);
      const busy = (slotStatus.get(each.id)?.taken ?? 0) + (each.orphanedUntil > now ? 1 : 0);
      return { each, load: busy / slots, score };
    })
    .sort((a, b) => a.load - b.load || b.score - a.score)
    .map(({ each }) => each);
}

/** Whether an origin may be asked at all, were it awake and free. */
export function mayTake(
  { id, place }: PooledOrigin,
  { ids, excluded }: Pick<RoutingConstraints, 'ids' | 'excluded'>,
): boolean {
  return !place.drain && !excluded.has(id) && (ids === undefined || ids.has(id));
}

/** Whether all origins are the same to a request. */
export function takesAny({ ids, excluded }: RoutingConstraints): boolean {
  return ids === undefined && excluded.size === 0;
}

/** Those that are in use, asked for no rest and are not shut. */
export function openOrigins(
  origins: readonly PooledOrigin[],
  { slotStatus, now }: Pick<PoolSnapshot, 'slotStatus' | 'now'>,
): readonly PooledOrigin[] {
  return origins.filter(
    ({ id, place, cooldownUntil }) => !place.drain && cooldownUntil <= now && !slotStatus.get(id)?.shut,
  );
}

/** Bytes of a reference that are looked at: enough to tell two samples apart, whatever their size. */
const SAMPLED_BYTES = 1024;

/**
 * What an origin keeps warm between requests: the encoded reference of a voice. Undefined for the default voice, which
 * every origin has at hand.
 */
export function affinityOf(request: SpeechRequest, voice: UpstreamVoice): string | undefined {
  if (voice !== null) return `id ${voice}`;
  const [reference] = request.references;
  if (!reference) return undefined;
  const { audio, text } = reference;
  const step = Math.max(1, Math.floor(audio.length / SAMPLED_BYTES));
  let hash = FNV_OFFSET;
  for (let at = 0; at < audio.length; at += step) hash = fnv(hash, audio[at] ?? 0);
  return `inline ${audio.length} ${hash} ${text.slice(0, SAMPLED_BYTES)}`;
}

/** Something to choose between. */
interface Ranked {
  readonly id: string;
  readonly weight: number;
}

/**
 * Rendezvous score with weights (Schindelhauer and Schomaker, 2005): of all places, each `affinity` has one with the highest
 * score, shares follow the weights, and a place that comes or goes moves no other's voices. Without an affinity, chance
 * decides by the same weights.
 */
function scoreOf(place: Ranked, affinity: string | undefined, random: () => number): number {
  const chance = affinity === undefined ? random() : hashUnit(`${affinity}\0${place.id}`);
  return -place.weight / Math.log(Math.min(MAX_CHANCE, Math.max(Number.MIN_VALUE, chance)));
}

const MAX_CHANCE = 1 - Number.EPSILON;
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** FNV-1a, 32 bits. */
function fnv(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, FNV_PRIME) >>> 0;
}

/** Evenly spread in 0..1: FNV-1a, then the finaliser of MurmurHash3, as FNV alone leaves near keys near. */
function hashUnit(text: string): number {
  let hash = FNV_OFFSET;
  for (let i = 0; i < text.length; i++) hash = fnv(hash, text.charCodeAt(i));
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
