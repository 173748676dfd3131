import type { ReferenceChanges } from './reference-changes.ts';

/** Where a Fish-Speech origin is and how long to wait for it. All times are milliseconds. */
export interface FishOptions {
  /** Base address: `/v1/tts` and the rest are appended to it. */
  readonly url: string;
  /** Bearer key of the origin; none when empty. */
  readonly key?: string | undefined;
  /** Present where the Fish Audio cloud is spoken to: its model, where a request names none. */
  readonly cloud?: { readonly model: string } | undefined;
  /** From the request to the first sample, connecting and the origin's queue included. */
  readonly firstByteTimeoutMs?: number | undefined;
  /** Longest gap between two pieces of a running answer. */
  readonly idleTimeoutMs?: number | undefined;
  /** For the whole answer. */
  readonly totalTimeoutMs?: number | undefined;
  /** How long the list of the origin's voices is believed. */
  readonly voicesTtlMs?: number | undefined;
  /** Shared by all that know this origin's voices, so that the list follows what the gateway itself changes. */
  readonly changes?: ReferenceChanges | undefined;
}

/** One of several origins, and how much it may be asked for. */
export interface FishPlace {
  readonly url: string;
  readonly key: string;
  /** Requests it speaks at once: 1 for Fish-Speech, the number of concurrent requests of one's plan for the cloud. */
  readonly slots: number;
  /** Its share of the requests among origins that are equally free. */
  readonly weight: number;
  /** Model of the Fish Audio cloud; where one is set, the origin speaks the cloud's dialect. */
  readonly model?: string | undefined;
  /** Finishes what it speaks and gets nothing new. */
  readonly drain: boolean;
}

const CLOUD_HOST = 'api.fish.audio';

/** Whether an origin speaks as the Fish Audio cloud does: by its host, or because it was given a model. */
export function isCloud(place: Pick<FishPlace, 'url' | 'model'>): boolean {
  return place.model !== undefined || (URL.canParse(place.url) && new URL(place.url).hostname === CLOUD_HOST);
}

export const FIRST_BYTE_TIMEOUT_MS = 60_000;
export const IDLE_TIMEOUT_MS = 30_000;
export const TOTAL_TIMEOUT_MS = 600_000;
export const VOICES_TTL_MS = 60_000;

/** The address of one of the origin's routes. */
export function originUrl(options: FishOptions, path: string): string {
  return options.url.replace(/\/+$/, '') + path;
}

/** The origin's key, where it wants one. */
export function keyHeaders(options: FishOptions): Record<string, string> {
  return options.key ? { authorization: `Bearer ${options.key}` } : {};
}
