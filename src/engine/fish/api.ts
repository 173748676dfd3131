import type { Ports } from '../../ports.ts';
import type { FishApi } from '../engine.ts';
import { combineFishApis } from './combined-api.ts';
import type { FishOptions } from './options.ts';
import { createReferencesApi } from './references-api.ts';
import { createVqganApi } from './vqgan-api.ts';

/** What one Fish-Speech origin can do besides speaking. No retry: a change that came through twice is an error. */
export function createFishApi(options: FishOptions, ports: Pick<Ports, 'fetch' | 'clock'>): FishApi {
  return { ...createReferencesApi(options, ports), ...createVqganApi(options, ports) };
}

/**
 * The same of all origins together; undefined where none can do it, as the Fish Audio cloud has other routes.
 *
 * @param onReferenceChanged is awaited with each id that means another voice now, or may
 */
export function createCombinedFishApi(
  origins: readonly FishOptions[],
  ports: Pick<Ports, 'fetch' | 'clock'>,
  onReferenceChanged?: (id: string) => void | Promise<void>,
): FishApi | undefined {
  const apis = origins.filter(({ cloud }) => !cloud).map((origin) => createFishApi(origin, ports));
  return apis.length > 0 ? combineFishApis(apis, onReferenceChanged) : undefined;
}
