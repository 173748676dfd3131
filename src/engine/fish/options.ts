/** Where a Fish-Speech origin is and how long to wait for it. All times are milliseconds. */
export interface FishOptions {
  /** Base address: `/v1/tts` and the rest are appended to it. */
  readonly url: string;
  /** Bearer key of the origin; none when empty. */
  readonly key?: string | undefined;
  /** From the request to the first sample, connecting and the origin's queue included. */
  readonly firstByteTimeoutMs?: number | undefined;
  /** Longest gap between two pieces of a running answer. */
  readonly idleTimeoutMs?: number | undefined;
  /** For the whole answer. */
  readonly totalTimeoutMs?: number | undefined;
  /** How long the list of the origin's voices is believed. */
  readonly voicesTtlMs?: number | undefined;
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
