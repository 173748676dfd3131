import { readJson } from '../api/server.ts';

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

export interface Month {
  readonly month: string;
  readonly requests: number;
  readonly characters: number;
  readonly audio_seconds: number;
}

export interface ServerState {
  readonly health: Health;
  readonly packs: readonly Pack[];
  readonly usage: readonly Month[];
}

/** @throws Failure */
export async function readState(): Promise<ServerState> {
  const [health, models, usage] = await Promise.all([
    readJson<Health>('v1/health?detailed=true'),
    readJson<{ readonly voice_packs?: readonly Pack[] }>('v1/models'),
    readJson<{ readonly data: readonly Month[] }>('v1/usage'),
  ]);
  return { health, packs: models.voice_packs ?? [], usage: usage.data };
}
