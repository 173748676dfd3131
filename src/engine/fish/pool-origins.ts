import type { Ports } from '../../ports.ts';
import { createFishApi } from './api.ts';
import type { PooledOrigin } from './choice.ts';
import { type FishOptions, type FishPlace, isCloud } from './options.ts';
import { createFishOrigin } from './origin.ts';
import { createReferenceChanges } from './reference-changes.ts';

/** What all origins of a pool have in common. */
export interface OriginDefaults
  extends Pick<FishOptions, 'firstByteTimeoutMs' | 'idleTimeoutMs' | 'totalTimeoutMs' | 'voicesTtlMs'> {
  /** Model of the Fish Audio cloud where neither request nor place names one. */
  readonly model: string;
}

/**
 * The origins for `places`; an address counts once. One that was there `before` stays what it was, its voices and its
 * health included, unless its key or its kind is another now.
 */
export function poolOrigins(
  places: readonly FishPlace[],
  before: readonly PooledOrigin[],
  defaults: OriginDefaults,
  ports: Pick<Ports, 'fetch' | 'clock'>,
): readonly PooledOrigin[] {
  const byId = new Map<string, PooledOrigin>();
  for (const place of places) {
    const known = before.find(({ id }) => id === place.url);
    if (known && known.place.key === place.key && known.place.model === place.model) {
      known.place = place;
      byId.set(place.url, known);
    } else byId.set(place.url, poolOrigin(place, defaults, ports));
  }
  return [...byId.values()];
}

function poolOrigin(
  place: FishPlace,
  defaults: OriginDefaults,
  ports: Pick<Ports, 'fetch' | 'clock'>,
): PooledOrigin {
  const { url, key } = place;
  const { model, ...timeouts } = defaults;
  const cloud = isCloud(place) ? { model: place.model ?? model } : undefined;
  const options: FishOptions = { ...timeouts, url, key, cloud, changes: createReferenceChanges() };
  return {
    id: url,
    origin: createFishOrigin(options, ports),
    api: cloud ? undefined : createFishApi(options, ports),
    place,
    asideUntil: Number.NEGATIVE_INFINITY,
    wasShut: false,
    abandonedUntil: Number.NEGATIVE_INFINITY,
    spokeAt: undefined,
  };
}
