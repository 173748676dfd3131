import type { UpstreamKind } from '../../core/upstream.ts';

/** An upstream of the configuration: where it is, and how much it may be asked for. */
export interface UpstreamConfig {
  /** Base address. */
  readonly url: string;
  /** What it speaks. */
  readonly kind: UpstreamKind;
  /** Bearer key; none when empty. */
  readonly key: string;
  /** Requests it speaks at once: 1 for Fish-Speech, the number of concurrent requests of one's plan for a cloud. */
  readonly slots: number;
  /** Its share of the requests among upstreams that are equally free. */
  readonly weight: number;
  readonly model?: string | undefined;
  /** Its voices, the default one first, instead of the list that it gives itself. */
  readonly voices?: readonly string[] | undefined;
  /** What it is asked to answer, where its dialect lets one choose. */
  readonly format?: 'pcm' | 'wav' | undefined;
  /** Hz, of audio that does not say its own. */
  readonly sampleRate?: number | undefined;
  /** It changes its pace by itself, where its dialect has a field for that. */
  readonly nativeSpeed?: boolean | undefined;
  /** Finishes what it speaks and gets nothing new. */
  readonly drain: boolean;
}

/** Where an upstream is and how long to wait for it. All times are milliseconds. */
export interface UpstreamOptions extends UpstreamTimeouts {
  /** Base address: the paths of its routes are appended to it. */
  readonly url: string;
  /** Bearer key; none when empty. */
  readonly key?: string | undefined;
}

export interface UpstreamTimeouts {
  /** From the request to the first sample, connecting and the upstream's own queue included. */
  readonly firstByteTimeoutMs?: number | undefined;
  /** Longest gap between two pieces of a running answer. */
  readonly idleTimeoutMs?: number | undefined;
  /** For the whole answer. */
  readonly totalTimeoutMs?: number | undefined;
  /** How long the list of its voices is believed. */
  readonly voicesTtlMs?: number | undefined;
}

export const FIRST_BYTE_TIMEOUT_MS = 60_000;
export const IDLE_TIMEOUT_MS = 30_000;
export const TOTAL_TIMEOUT_MS = 600_000;
export const VOICES_TTL_MS = 60_000;

/** The address of one of the upstream's routes. */
export function originUrl({ url }: Pick<UpstreamOptions, 'url'>, path: string): string {
  return url.replace(/\/+$/, '') + path;
}

/** The upstream's key, where it wants one. */
export function keyHeaders({ key }: Pick<UpstreamOptions, 'key'>): Record<string, string> {
  return key ? { authorization: `Bearer ${key}` } : {};
}
