import type { Ports } from '../../ports.ts';
import type { FishApi } from '../engine.ts';
import type { FishOptions } from './options.ts';
import { createReferencesApi } from './references-api.ts';
import { createVqganApi } from './vqgan-api.ts';

/** What one Fish-Speech origin can do besides speaking. No retry: a change that came through twice is an error. */
export function createFishApi(options: FishOptions, ports: Pick<Ports, 'fetch' | 'clock'>): FishApi {
  return { ...createReferencesApi(options, ports), ...createVqganApi(options, ports) };
}
