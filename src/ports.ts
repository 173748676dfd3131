/** What a runtime gives the app. Types only: nothing here names a runtime. */

import type { StateStores } from './state/store.ts';

export interface Clock {
  /** Monotonic milliseconds. */
  now(): number;
  /** Runs `ring` once after `ms` milliseconds; the returned function cancels it. */
  alarm(ms: number, ring: () => void): () => void;
}

/** A worker that holds inference sessions. Messages are structured clones. */
export interface InferenceWorker {
  post(message: unknown, transfer?: ArrayBuffer[]): void;
  onMessage(listener: (message: unknown) => void): void;
  /** Called once when the worker dies without having been asked to. */
  onFailure(listener: (error: Error) => void): void;
  terminate(): Promise<void>;
}

/** A voice pack whose files were verified and prepared. `files` maps a role to what a worker can open. */
export interface InstalledPack {
  readonly id: string;
  /** Hash over the content of all files: part of every cache key. */
  readonly revision: string;
  readonly files: Readonly<Record<string, string>>;
}

export type WasmName = 'mp3' | 'resample' | 'stretch';

/** A body that the runtime moves by itself. */
export interface Relayed {
  readonly body: ReadableStream<Uint8Array>;
  /** Settles when the last byte was taken, the source broke off, or the reader left. */
  readonly done: Promise<void>;
}

/** Hands bytes on natively: `first`, then all of `rest`. */
export type Relay = (first: Uint8Array, rest: ReadableStream<Uint8Array>) => Relayed;

export interface Ports {
  /** As the standard's, for origins: an absolute address. */
  readonly fetch: (url: string, init?: RequestInit) => Promise<Response>;
  readonly clock: Clock;
  /** Compiled WebAssembly modules, each compiled at most once. */
  readonly wasm: (name: WasmName) => Promise<WebAssembly.Module>;
  /** Voice packs in the data folder; absent where there is no embedded voice. */
  readonly packs?: () => Promise<readonly InstalledPack[]>;
  /** Starts an inference worker; absent where there is no embedded voice. */
  readonly spawnInference?: () => InferenceWorker;
  /** Present where the runtime can move a body by itself, faster than JavaScript. */
  readonly relay?: Relay;
  /** Counters, records and made speech; absent: the app keeps them in its own memory. */
  readonly state?: StateStores;
  /** Lets `work` end after the answer was sent, where a runtime would stop it otherwise. */
  readonly background?: (work: Promise<unknown>) => void;
  /** Takes one finished log line. */
  readonly writeLog: (line: string) => void;
}
