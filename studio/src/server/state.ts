import { loadRights, type Month, readUpstreams, rights, type Upstreams } from '../api/admin.ts';
import { readJson } from '../api/server.ts';
import { loadModels, models } from '../models/store.ts';

export interface Origin {
  readonly status: string;
  readonly latency_ms?: number;
  readonly version?: string;
}

/** Of `GET /v1/health?detailed=true`. */
interface Health {
  readonly status: string;
  readonly engine?: string;
  readonly backend: { readonly status: string; readonly origins?: readonly Origin[] };
}

export interface Pack {
  readonly id: string;
  readonly state: string;
  readonly default: boolean;
}

export interface ServerState {
  readonly health: Health;
  readonly packs: readonly Pack[];
  readonly usage: readonly Month[];
  /** What an administrator sees of them. */
  readonly upstreams: Upstreams | undefined;
}

/** @throws Failure */
export async function readState(): Promise<ServerState> {
  const [health, voicePacks, usage] = await Promise.all([
    readJson<Health>('v1/health?detailed=true'),
    readJson<{ readonly voice_packs?: readonly Pack[] }>('v1/models'),
    readJson<{ readonly data: readonly Month[] }>('v1/usage'),
    loadRights(),
  ]);
  const isAdministrator = rights.value.administrator;
  const [upstreams] = await Promise.all([
    isAdministrator ? readUpstreams() : undefined,
    isAdministrator && loadModels(),
  ]);
  if (!isAdministrator) models.value = undefined;
  return { health, packs: voicePacks.voice_packs ?? [], usage: usage.data, upstreams };
}
