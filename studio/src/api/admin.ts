import { signal } from '@preact/signals';
import { apiKey, ask, eventsOf, Failure, readJson, sendJson } from './server.ts';

/** Of `GET /v1/admin`. */
interface Rights {
  readonly administrator: boolean;
  readonly changes_keys: boolean;
  readonly pulls_models: boolean;
}

const none: Rights = { administrator: false, changes_keys: false, pulls_models: false };

/** What whoever has the page open may do to the server. */
export const rights = signal<Rights>(none);

/** Older servers, and those that are told so, have no administration: then nobody may do anything. */
export async function loadRights(): Promise<void> {
  rights.value = await readJson<Rights>('v1/admin').catch(() => none);
}

export interface Upstream {
  readonly number: number;
  readonly kind: string;
  readonly url: string;
  readonly status?: string;
  readonly latency_ms?: number;
  readonly version?: string;
  readonly slots: number;
  readonly slots_in_use: number;
  readonly breaker: 'open' | 'closed';
  readonly draining: boolean;
  readonly failures: number;
}

export interface Upstreams {
  readonly queued: number;
  readonly running: number;
  readonly data: readonly Upstream[];
}

export const readUpstreams = (): Promise<Upstreams> => readJson<Upstreams>('v1/admin/upstreams');

export interface Key {
  readonly name: string;
  readonly rate: number | null;
  readonly characters: number | null;
  readonly admin: boolean;
  readonly created: string;
  readonly expires: string | null;
}

export type NewKey = Pick<Key, 'name' | 'rate' | 'characters' | 'admin' | 'expires'>;

export async function listKeys(): Promise<readonly Key[]> {
  return (await readJson<{ readonly data: readonly Key[] }>('v1/admin/keys')).data;
}

/** @returns the key itself, which nobody is shown again */
export async function addKey(key: NewKey): Promise<string> {
  const made = (await (await sendJson('v1/admin/keys', key)).json()) as { readonly key: string };
  return made.key;
}

export async function changeKey({ name, ...change }: NewKey): Promise<void> {
  await sendJson(`v1/admin/keys/${encodeURIComponent(name)}`, change, { method: 'PATCH' });
}

export async function deleteKey(name: string): Promise<void> {
  await ask(`v1/admin/keys/${encodeURIComponent(name)}`, { method: 'DELETE' });
}

export interface Month {
  readonly month: string;
  readonly requests: number;
  readonly characters: number;
  readonly audio_seconds: number;
}

interface KeyUsage {
  readonly key: string;
  readonly months: readonly Month[];
}

export async function readUsage(): Promise<readonly KeyUsage[]> {
  return (await readJson<{ readonly data: readonly KeyUsage[] }>('v1/admin/usage?months=1')).data;
}

export interface Model {
  readonly id: string;
  readonly state: 'available' | 'installed' | 'outdated' | 'loaded';
  readonly default: boolean;
  readonly family: string;
  readonly languages: readonly string[];
  readonly voices: number;
  readonly license: string;
  readonly bytes: number;
  readonly added: boolean;
}

export async function listModels(): Promise<readonly Model[]> {
  return (await readJson<{ readonly data: readonly Model[] }>('v1/admin/models')).data;
}

export async function removeModel(id: string): Promise<void> {
  await ask(`v1/admin/models/${encodeURIComponent(id)}`, { method: 'DELETE' });
}

export interface PullProgress {
  readonly stage: 'waiting' | 'fetching' | 'preparing';
  readonly done_bytes: number;
  readonly total_bytes: number;
  readonly seconds_left: number | null;
}

type PullEvent =
  | ({ readonly type: 'model.pull.progress' } & PullProgress)
  | { readonly type: 'model.pull.done' }
  | { readonly type: 'error'; readonly error: { readonly message: string } };

/** Lasts until the pack is there; who leaves stops it. @throws Failure */
export async function pullModel(
  id: string,
  onProgress: (progress: PullProgress) => void,
  leaving: AbortSignal,
): Promise<void> {
  const path = `v1/admin/models/${encodeURIComponent(id)}`;
  const response = await ask(path, { method: 'POST', signal: leaving });
  for await (const event of eventsOf<PullEvent>(response)) {
    if (event.type === 'model.pull.progress') onProgress(event);
    if (event.type === 'model.pull.done') return;
    if (event.type === 'error') throw new Failure('refused', event.error.message);
  }
}

/** Another key has other rights. */
apiKey.subscribe(() => {
  rights.value = none;
});
