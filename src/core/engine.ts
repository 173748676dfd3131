import type { Relay, Relayed } from './ports.ts';
import type { SpeechRequest } from './request.ts';
import type { Voice } from './voices.ts';

/** A source of PCM. Policies wrap one engine in another; `compose.ts` alone knows their order. */
export interface Engine {
  readonly id: string;
  voices(): Promise<readonly Voice[]>;
  /**
   * The voice that a client means by a name, as `open` and keys know it; undefined leaves it to the engine. Called once, where
   * a request comes in. Absent: the names are taken as they are. @throws SpeechFailure `voice_not_found` where that is known already
   */
  voiceOf?(asked: string | undefined): Promise<string | undefined>;
  /**
   * Resolves when the first audio exists: the commit point. Until then it may retry, fall back or reject with a
   * `SpeechFailure`; afterwards the body finishes, is cancelled, or errors.
   */
  open(request: SpeechRequest, signal: AbortSignal): Promise<PcmStream>;
  /** The voice packs of this machine and how they are; absent where there is no embedded voice. Never throws. */
  packs?(): Promise<readonly PackState[]>;
  /** Packs came or went: they are looked for anew. */
  packsChanged?(): void;
  /** Loads what the first request would have to wait for; without `voice` that of the default one. */
  warm?(voice?: string): Promise<void>;
  /** Asks the source how it is; never throws, and `error` is a fixed phrase. */
  health?(signal: AbortSignal): Promise<EngineHealth>;
  /** Who waits and what is in use, as far as this server knows without asking anybody. */
  load?(): EngineLoad;
  close?(): Promise<void>;
  /** Equal for requests of one voice that is told to speak in one way, as far as names tell. Absent: `voices` knows. */
  voiceKey?(request: Pick<SpeechRequest, 'voice' | 'instructions'>): string;
  /** Which servers speak for it (kind, address, model), where it is not this one: what one made is never played as another's. */
  identity?(): string;
  /** Whether it imitates recordings of a voice (`SpeechRequest.references`) now. Absent: it never does. */
  clones?(): boolean;
  /** Drops what is kept of the speech of a custom voice; what is being made of it is not kept either. Never throws. */
  purgeVoice?(customVoice: string): Promise<void>;
  /** Present where there are Fish-Speech origins. */
  readonly fish?: FishApi | undefined;
}

export interface EngineLoad {
  /** Speeches that wait for their turn, and those that have it. */
  readonly queued: number;
  readonly running: number;
  /** In the order of the configuration. */
  readonly upstreams?: readonly UpstreamLoad[] | undefined;
}

export interface UpstreamLoad {
  readonly kind: string;
  /** For those who run the server alone. */
  readonly url: string;
  readonly slots: number;
  /** Slots that this server holds. */
  readonly inUse: number;
  /** Its breaker was seen open, and nothing has worked since. */
  readonly isShut: boolean;
  readonly isDraining: boolean;
  /** Since the server began. */
  readonly failures: number;
}

export interface PackState {
  readonly id: string;
  /** Its first voice speaks where a request names none. */
  readonly isDefault: boolean;
  /** A worker holds it: speech begins at once. */
  readonly isLoaded: boolean;
  /** BCP 47, of the voices in it that can speak here; the default's first. */
  readonly languages: readonly string[];
  /** SPDX. */
  readonly license?: string | undefined;
}

export interface EngineHealth {
  readonly healthy: boolean;
  readonly latencyMs?: number | undefined;
  readonly error?: string | undefined;
  /** Each of the origins behind it, in the order in which they are configured. */
  readonly origins?: readonly OriginHealth[] | undefined;
}

export interface OriginHealth extends Pick<EngineHealth, 'healthy' | 'latencyMs' | 'error'> {
  /** Generation of its interface, or `cloud`; absent where nobody knows. */
  readonly version?: string | undefined;
}

/**
 * Signed 16-bit little-endian PCM, interleaved. Each chunk holds whole frames, and may be heard by others too: whoever has it
 * reads it, and neither writes into it nor hands its memory over. Cancelling `body` reaches the source.
 */
export interface PcmStream {
  /** Sample rate in Hz. */
  readonly rate: number;
  readonly channels: 1 | 2;
  /** Which engine made it: the `X-Engine` header. */
  readonly engine: string;
  /** Bytes of PCM in all, where the source has said so. */
  readonly length?: number | undefined;
  readonly body: ReadableStream<Uint8Array>;
  /** Milliseconds that it waited for a free slot of the source. */
  readonly queueMs?: number | undefined;
  /** Milliseconds from having its slot to its first audio, retries included. Absent: nobody measured it. */
  readonly sourceMs?: number | undefined;
  /** False where the source cannot tell whether it has the voice that was named: it may have spoken in another. */
  readonly voiceConfirmed?: boolean | undefined;
  /** Id of the voice that speaks where it is not the one that was asked for, which does not speak the text's language. */
  readonly otherVoice?: string | undefined;
  /** Letters of the text that its voice does not know, in plain English: their words are not heard. */
  readonly passedOver?: readonly string[] | undefined;
  /** How the cache had to do with it; undefined is a bypass. */
  readonly cache?:
    | { readonly state: 'hit' | 'miss' | 'coalesced'; readonly ageMs?: number | undefined }
    | undefined;
  /** What was said so far, in order; grows while `body` is read. Absent: the whole text is one stretch. */
  readonly timeline?: readonly SpokenSegment[] | undefined;
  /**
   * When the words of the request's text are heard, as far as the engine knows: at least of all that was handed out, in order;
   * words that it does not know are missing. Absent: none is known.
   */
  readonly words?: (() => readonly SpokenWord[]) | undefined;
  /** What of the asked speed and volume is in the audio already; absent: nothing, all of it is still to be done. */
  readonly prosody?: { readonly speed: number; readonly volumeDb: number } | undefined;
  /** Present where others may hear the same sound: one object for all of them. */
  readonly shared?: SharedSound | undefined;
  /** Silence at its ends, and what was too long of it inside, is cut already: doing it again could take a faint end away. */
  readonly isTrimmed?: boolean | undefined;
  /** Instead of reading `body`: lets the runtime move `head` and the PCM behind it, untouched by JavaScript. */
  readonly relayed?: ((relay: Relay, head: Uint8Array, sourceEnded?: () => void) => Relayed) | undefined;
}

/** A sound that several may hear. */
export interface SharedSound {
  /** Its PCM, as soon as its source has spoken all of it; undefined where it broke off, or is more than is kept. */
  whole(): Promise<readonly Uint8Array[] | undefined>;
}

/**
 * `stream` with another body, and with whatever else changes with it. What could move the old body past it is gone, and so is the
 * sound that others hear: this is the only way to replace a body.
 */
export function withBody(
  stream: PcmStream,
  body: ReadableStream<Uint8Array>,
  changes: Omit<Partial<PcmStream>, 'body' | 'relayed'> = {},
): PcmStream {
  const { relayed: _, shared: __, ...rest } = stream;
  return { ...rest, ...changes, body };
}

/** One stretch of text and where it is heard, in samples per channel from the start of the body. */
export interface SpokenSegment {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** Those of its words of which the engine knows it; the others are to be estimated. Counted like the segment. */
  readonly words?: readonly SpokenWord[] | undefined;
}

/** A word of a text and when it is heard, in samples per channel from the start of the body. */
export interface SpokenWord {
  /** Which of the words of the text: see `findWords`. */
  readonly index: number;
  readonly start: number;
  readonly end: number;
}

/** What only Fish-Speech origins can do (docs/fish-speech.md). All reject with `SpeechFailure`. */
export interface FishApi {
  listReferences(signal: AbortSignal): Promise<readonly string[]>;
  addReference(
    reference: { id: string; audio: Uint8Array; text: string },
    signal: AbortSignal,
  ): Promise<void>;
  deleteReference(id: string, signal: AbortSignal): Promise<void>;
  renameReference(oldId: string, newId: string, signal: AbortSignal): Promise<void>;
  /** One list of codebooks for each audio: `[audio][codebook][frame]`. */
  encode(audios: readonly Uint8Array[], signal: AbortSignal): Promise<number[][][]>;
  /** Float16 little-endian mono samples at the codec's rate for each audio. */
  decode(tokens: readonly (readonly (readonly number[])[])[], signal: AbortSignal): Promise<Uint8Array[]>;
}

export type Policy = (inner: Engine) => Engine;
