import type { Upstream } from '../../core/upstream.ts';
import type { PooledOrigin } from './choice.ts';
import type { UpstreamConfig } from './options.ts';

/**
 * The upstreams for `resources`; an address counts once. One that was there `before` stays what it was, its voices and its
 * health included, unless something of what it is made of is another now.
 */
export function pooledUpstreams(
  resources: readonly UpstreamConfig[],
  before: readonly PooledOrigin[],
  create: (place: UpstreamConfig) => Upstream,
): readonly PooledOrigin[] {
  const byId = new Map<string, PooledOrigin>();
  for (const place of resources) {
    const known = before.find(({ id }) => id === place.url);
    if (known && makingsOf(known.place) === makingsOf(place)) {
      known.place = place;
      byId.set(place.url, known);
    } else byId.set(place.url, pooled(place, create(place)));
  }
  return [...byId.values()];
}

/** All of a place that an upstream is made of: slots, weight and drain are asked for at each request. */
function makingsOf({ slots, weight, drain, ...makings }: UpstreamConfig): string {
  return JSON.stringify(Object.entries(makings).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function pooled(place: UpstreamConfig, origin: Upstream): PooledOrigin {
  return {
    id: place.url,
    origin,
    place,
    cooldownUntil: Number.NEGATIVE_INFINITY,
    breakerOpen: false,
    orphanedUntil: Number.NEGATIVE_INFINITY,
    spokeAt: undefined,
  };
}
