import type { SpeechRequest } from '../../core/request.ts';
import type { UpstreamVoice } from '../../core/upstream.ts';

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
export function scoreOf(place: Ranked, affinity: string | undefined, random: () => number): number {
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
