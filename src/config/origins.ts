import type { Config } from './config.ts';
import type { Origin } from './values-origin.ts';

/** Every origin of the configuration: the addresses of `backend.url`, then `fish.origins`; an address counts once. */
export function originsOf(config: Config): readonly Origin[] {
  const plain = config['backend.url'].map((url) => ({
    url,
    key: config['backend.api_key'],
    slots: config['fish.slots'],
    weight: 1,
    drain: false,
  }));
  const byUrl = new Map<string, Origin>();
  for (const origin of [...plain, ...config['fish.origins']]) byUrl.set(origin.url, origin);
  return [...byUrl.values()];
}
