import type { Relay, Relayed } from '../ports.ts';
import type { SpeechRequest } from '../speech/request.ts';
import type { Voice } from '../speech/voices.ts';

/** A source of PCM. Policies wrap one engine in another; `build.ts` alone knows their order. */
export interface Engine {
  readonly id: string;
  voices(): Promise<readonly Voice[]>;
  /**
   * Resolves when the first audio exists: the commit point. Until then it may retry, fall back or reject with a
   * `SpeechFailure`; afterwards the body finishes, is cancelled, or errors.
   */
  open(request: SpeechRequest, signal: AbortSignal): Promise<PcmStream>;
  /** Loads what the first request would have to wait for. */
  warm?(): Promise<void>;
  /** Asks the source how it is; never throws, and `error` is a fixed phrase. */
  health?(signal: AbortSignal): Promise<EngineHealth>;
  close?(): Promise<void>;
}

export interface EngineHealth {
  readonly healthy: boolean;
  readonly latencyMs?: number | undefined;
  readonly error?: string | undefined;
}

/** Signed 16-bit little-endian PCM, interleaved. Each chunk holds whole frames; cancelling `body` reaches the source. */
export interface PcmStream {
  /** Sample rate in Hz. */
  readonly rate: number;
  readonly channels: 1 | 2;
  /** Which engine made it: the `X-Engine` header. */
  readonly engine: string;
  /** Bytes of PCM in all, where the source has said so. */
  readonly length?: number | undefined;
  readonly body: ReadableStream<Uint8Array>;
  /** Instead of reading `body`: lets the runtime move `head` and the PCM behind it, untouched by JavaScript. */
  readonly relayed?: ((relay: Relay, head: Uint8Array) => Relayed) | undefined;
}

export type Policy = (inner: Engine) => Engine;
