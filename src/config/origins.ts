import type { UpstreamKind } from '../core/upstream.ts';
import type { Config } from './config.ts';
import type { Origin, Upstream } from './values-origin.ts';

/** Every upstream of the configuration: the addresses of `backend.url`, then `fish.origins`, each of which counts once, then `upstreams`. */
export function originsOf(config: Config): readonly Upstream[] {
  return [...fishOrigins(config), ...config.upstreams];
}

function fishOrigins(config: Config): readonly Upstream[] {
  const plain: readonly Origin[] = config['backend.url'].map((url) => ({
    url,
    key: config['backend.api_key'],
    slots: config['fish.slots'],
    weight: 1,
    drain: false,
  }));
  const byUrl = new Map<string, Upstream>();
  for (const origin of [...plain, ...config['fish.origins']]) {
    const kind = kindOf(origin);
    const model = kind === 'fish-cloud' ? (origin.model ?? config['fish.model']) : undefined;
    byUrl.set(origin.url, { ...origin, kind, model });
  }
  return [...byUrl.values()];
}

const CLOUD_HOST = 'api.fish.audio';

/** The Fish Audio cloud is known by its host, or because it was given a model. */
function kindOf({ url, model }: Pick<Origin, 'url' | 'model'>): UpstreamKind {
  const isCloud = model !== undefined || (URL.canParse(url) && new URL(url).hostname === CLOUD_HOST);
  return isCloud ? 'fish-cloud' : 'fish';
}

/** What cannot be true of several upstreams, a line each. */
export function upstreamContradictions(config: Config): readonly string[] {
  const all = originsOf(config);
  const addresses = all.map(({ url }) => url.replace(/\/v1$/, '')); // of one server, as it may be written
  const twice = new Set(addresses.filter((url, i) => addresses.indexOf(url) !== i));
  const problems = [...twice].map((url) => `upstreams: two of them have the address ${url}`);
  const claims = new Map<string, Upstream>();
  const claimedTwice = new Set<string>();
  for (const upstream of all) {
    for (const voice of upstream.voices ?? []) {
      const other = claims.get(voice) ?? upstream;
      claims.set(voice, other);
      if (familyOf(other) === familyOf(upstream) || claimedTwice.has(voice)) continue;
      claimedTwice.add(voice);
      problems.push(
        `upstreams: the voice ${voice} is claimed by ${other.url} (${familyOf(other)}) and by ${upstream.url} (${familyOf(upstream)}), which would speak it differently`,
      );
    }
  }
  return problems;
}

function familyOf({ kind, model }: Upstream): string {
  return model === undefined ? kind : `${kind}, ${model}`;
}
