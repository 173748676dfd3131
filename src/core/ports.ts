/** What a runtime gives the app. Types only: nothing here names a runtime. */

import type { StateStores } from './store.ts';
import type { TelemetryExport } from './trace.ts';
import type { Voice } from './voices.ts';

export interface Clock {
  /** Monotonic milliseconds. */
  now(): number;
  /** Milliseconds since 1970 (UTC), for what outlives the process or is told to others. It may jump. */
  wallNow(): number;
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
  /** What no manifest says of a pack that a user added. */
  readonly added?: AddedPack | undefined;
}

interface AddedPack {
  readonly family: 'piper';
  /** Sample rate in Hz. */
  readonly rate: number;
  readonly license: { readonly spdx: string };
  readonly files: readonly { readonly bytes: number }[];
  readonly voices: readonly Voice[];
  /** Ids of voices whose language only espeak-ng can turn into phonemes. */
  readonly needsEspeak: readonly string[];
  /** LUFS of its first voice as the model makes it; absent where it could not be heard. */
  readonly loudness?: number | undefined;
}

/** A voice pack, here or to be had, as those who run the server see it. */
export interface PackEntry {
  readonly id: string;
  /** `outdated`: here, but not as this version needs it. */
  readonly state: 'available' | 'installed' | 'outdated';
  readonly family: string;
  /** BCP 47. */
  readonly languages: readonly string[];
  /** How many; none in a pack that listens. */
  readonly voices: number;
  /** To fetch. */
  readonly bytes: number;
  /** SPDX. */
  readonly license: string;
  /** By a user: nobody else has it. */
  readonly isAdded: boolean;
}

/** How far a pull is. */
export interface PullProgress {
  /** `waiting` for another pull of the same pack. */
  readonly stage: 'waiting' | 'fetching' | 'preparing';
  readonly doneBytes: number;
  /** 0 before it is known. */
  readonly totalBytes: number;
  /** Undefined before anything came. */
  readonly secondsLeft?: number | undefined;
}

/** The voice packs of the data folder, and those that can be fetched into it. */
export interface PackStore {
  list(): Promise<readonly PackEntry[]>;
  /**
   * Fetches, verifies and prepares a pack. What came stays when `signal` aborts: the next pull goes on with it.
   * @throws SpeechFailure `not_found`, or `engine_unavailable` with a fixed phrase; ClientGone when `signal` aborts
   */
  pull(id: string, onProgress: (progress: PullProgress) => void, signal: AbortSignal): Promise<void>;
  /** Whether it was there. @throws SpeechFailure as `pull` does */
  remove(id: string, signal: AbortSignal): Promise<boolean>;
}

export type WasmName = 'mp3' | 'opus' | 'aac' | 'resample' | 'stretch';

/** How a body ended that was handed on. */
export interface StreamOutcome {
  readonly outcome: 'finished' | 'cancelled' | 'error';
  /** Handed on; absent where the runtime does not tell. */
  readonly bytes?: number | undefined;
  /** What broke it off. */
  readonly error?: unknown;
}

/** A body that is moved without the layers of JavaScript in between. */
export interface Relayed {
  readonly body: ReadableStream<Uint8Array>;
  /** Resolves when the last byte was taken, the source broke off, or the reader left. Never rejects. */
  readonly done: Promise<StreamOutcome>;
}

/** Told by a relay what it does, so that a silent source is told from a slow reader. */
export interface StreamObserver {
  /** The source is waited for. */
  asked(): void;
  /** It gave so many bytes. */
  came(bytes: number): void;
  /** It ended: why that is no clean end, or undefined. */
  ended(): Error | undefined;
  /** Breaks the body when it aborts: a runtime may forget to tell the source, whose request it aborts too. */
  readonly signal?: AbortSignal | undefined;
}

/** Hands bytes on: `first`, then all of `rest`, whose error breaks the body visibly. */
export type Relay = (
  first: Uint8Array,
  rest: ReadableStream<Uint8Array>,
  observer?: StreamObserver,
) => Relayed;

/** A WebSocket (RFC 6455) with a client, open. */
export interface Socket {
  /** A text or a binary message. What is sent to a socket that closed is gone. */
  send(message: string | Uint8Array<ArrayBuffer>): void;
  /** Bytes that wait for the client; undefined where the runtime does not tell. */
  waiting(): number | undefined;
  /** With a status code of RFC 6455, section 7.4. */
  close(code: number, reason?: string): void;
}

/** What a socket's client does. */
export interface SocketListener {
  message(data: string | Uint8Array): void;
  /** So many bytes of a message have come that is not whole yet. Not called where the runtime does not tell. */
  arriving(bytes: number): void;
  /** Called once, whichever side closed it. */
  closed(): void;
}

/** What becomes of a request that is to be a socket: one of the two is called, once. */
export interface Upgrade {
  opened(socket: Socket): SocketListener;
  /** The handshake failed. */
  lost(): void;
}

/** A file of the web page. */
export interface PageFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** They are compressed. */
  readonly isGzip: boolean;
}

/** What speech is made of where there are no workers for it: files of a voice, and the kernels, compiled. */
export interface InferenceHere {
  /** Reads what `InstalledPack.files` names. */
  load(name: string): Promise<Uint8Array>;
  loadDictionary(): Promise<Uint8Array>;
  readonly kernels: WebAssembly.Module;
}

/** What this process may use of its machine. */
export interface Machine {
  readonly cores: number;
  /** Bytes of memory that are free; undefined where the runtime does not tell. */
  readonly freeBytes: number | undefined;
}

/** A hash of bytes that come one after the other. */
export interface RunningHash {
  update(bytes: Uint8Array): void | Promise<void>;
  /** Ends it. */
  digest(): Promise<Uint8Array>;
}

export type DocsFile = 'swagger-ui-bundle.js' | 'swagger-ui.css';

/** What a runtime tells of the process. */
export interface ProcessProbe {
  readonly runtime: string;
  /** Where several processes write one log. */
  readonly pid?: number | undefined;
  /** Others like it, of which it knows nothing, serve the same address. */
  readonly isOneOfMany?: boolean | undefined;
  readonly memory?: (() => { readonly residentBytes: number; readonly heapBytes: number }) | undefined;
  readonly cpuSeconds?: (() => number) | undefined;
  /** Seconds by quantile, since it was called last. */
  readonly eventLoopDelay?: (() => Readonly<Record<'0.5' | '0.99' | '1', number>>) | undefined;
}

/** One event for a store of such points (Workers Analytics Engine). */
export interface DataPoint {
  readonly indexes: readonly [string];
  readonly blobs: readonly string[];
  readonly doubles: readonly number[];
}

/** Other processes of this server, at the same port. What each counted is as prom-client gives it. */
export interface OtherProcesses {
  /** Answers what this one counted, whoever of them is asked for all. */
  onCount(read: () => Promise<readonly unknown[]>): void;
  /** What all of them counted together, in the text format of Prometheus: those that answer soon, and `own`. */
  total(own: readonly unknown[]): Promise<string>;
}

export interface Ports {
  /** As the standard's, for origins: an absolute address. */
  readonly fetch: (url: string, init?: RequestInit) => Promise<Response>;
  readonly clock: Clock;
  /** Compiled WebAssembly modules, each compiled at most once. */
  readonly wasm: (name: WasmName) => Promise<WebAssembly.Module>;
  /** Of SHA-256: WebCrypto hashes only what is whole. */
  readonly createHash: () => RunningHash;
  /**
   * A program that decodes the one track of a Matroska stream to mono s16le at 16 kHz; resolves to undefined when it is not
   * installed. `signal`, and leaving the chunks early, stop it. Absent where there are no programs, or none is wanted.
   */
  readonly decodeOutside?:
    | ((
        matroska: AsyncIterable<Uint8Array>,
        signal: AbortSignal,
      ) => Promise<AsyncGenerator<Uint8Array, void, void> | undefined>)
    | undefined;
  /** Voice packs in the data folder; absent where there is no embedded voice. */
  readonly packs?: () => Promise<readonly InstalledPack[]>;
  /** Starts an inference worker; absent where there is no embedded voice. */
  readonly spawnInference?: () => InferenceWorker;
  /** Makes speech in this very process, one window at a time; absent where there are workers for that, or no embedded voice. */
  readonly inferenceHere?: InferenceHere | undefined;
  /** Can inference workers run machine code? Absent where they never can. */
  readonly hasNativeInference?: () => Promise<boolean>;
  /** Are the kernels there that inference workers compute vocoders with? */
  readonly hasKernels?: () => Promise<boolean>;
  /** Absent where there is no embedded voice. */
  readonly machine?: () => Machine;
  /**
   * All bodies are best read into buffers of one's own: by itself workerd reads 4 KiB at a time, and 31 MB take it ten times as long.
   * Only where each is a stream of bytes.
   */
  readonly sizedReads?: boolean | undefined;
  /** Present where the runtime can move a body by itself, faster than JavaScript. */
  readonly relay?: Relay | undefined;
  /** Makes a socket of the connection of `request`, once the app has answered it with a success. */
  readonly upgrade?: ((request: Request, upgrade: Upgrade) => void) | undefined;
  /** Counters, records and made speech. */
  readonly state: StateStores;
  /** Lets `work` end after the answer was sent, where a runtime would stop it otherwise. */
  readonly background?: (work: Promise<unknown>) => void;
  /** Reads the document of named keys as it is now; undefined when there is none. */
  readonly readKeys?: (() => Promise<string | undefined>) | undefined;
  /** Writes what `edit` makes of that document, alone with it; undefined leaves it as it is. Absent where nobody may. */
  readonly editKeys?:
    | ((edit: (document: string | undefined) => string | undefined) => Promise<void>)
    | undefined;
  /** Absent where there is no folder for packs. */
  readonly packStore?: PackStore | undefined;
  readonly probe?: ProcessProbe | undefined;
  /** Takes one point for each request; absent where nothing does. */
  readonly writePoint?: ((point: DataPoint) => void) | undefined;
  readonly otherProcesses?: OtherProcesses | undefined;
  /** Where traces and counts are sent; absent where nobody asks for them. */
  readonly telemetryExport?: TelemetryExport | undefined;
  /** A file of the page that shows the API's description; absent where the runtime has no such files. */
  readonly readDocsFile?: ((name: DocsFile) => Promise<Uint8Array<ArrayBuffer>>) | undefined;
  /** Finds a file of the web page; undefined where there is none of that name, or no page. */
  readonly readPage?: ((name: string) => Promise<PageFile | undefined>) | undefined;
  /** Takes one finished log line. */
  readonly writeLog: (line: string) => void;
}
