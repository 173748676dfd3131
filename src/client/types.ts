/** Where the server is, and how patient the client is. */
export interface ClientOptions {
  /** For example `http://localhost:8080`, the default. */
  readonly baseUrl?: string;
  readonly apiKey?: string;
  /** Tries after the first one, 0 to 10; 2 by default. */
  readonly maxRetries?: number;
  /** Longest wait for an answer to begin, in milliseconds: the first audio of a long queue takes a while. 120,000 by default. */
  readonly timeoutMs?: number;
  /** Longest wait between two tries; where the server asks for more, its refusal is the answer. 30,000 by default. */
  readonly maxRetryWaitMs?: number;
  /** Another `fetch` than the runtime's. */
  readonly fetch?: (url: string, init: RequestInit) => Promise<Response>;
  /** Another `WebSocket` than the runtime's; Node 20 has none, there `ws` serves. */
  readonly WebSocket?: WebSocketConstructor;
}

export interface CallOptions {
  /** Ends the call, and the work that it causes on the server. */
  readonly signal?: AbortSignal | undefined;
}

export type AudioFormat = 'mp3' | 'wav' | 'pcm' | 'opus' | 'aac' | 'flac' | 'ulaw' | 'alaw';

export interface SpeechRequest {
  readonly text: string;
  /** An id or a name; the server's default voice where there is none. */
  readonly voice?: string | undefined;
  /** `mp3` by default. */
  readonly format?: AudioFormat | undefined;
  /** 0.25 to 4. */
  readonly speed?: number | undefined;
  /** dB, -20 to 20. */
  readonly volume?: number | undefined;
  /** Hz, 8000 to 48000. */
  readonly sampleRate?: number | undefined;
  /** kbit/s. */
  readonly bitrate?: number | undefined;
  readonly seed?: number | undefined;
  readonly model?: string | undefined;
  readonly instructions?: string | undefined;
}

export interface CaptionWord {
  readonly word: string;
  /** Seconds. */
  readonly start: number;
  readonly end: number;
  /** Not known, but reckoned. */
  readonly estimated?: boolean;
}

export interface Captions {
  readonly words: readonly CaptionWord[];
  readonly segments: readonly { readonly text: string; readonly start: number; readonly end: number }[];
}

export interface Voice {
  readonly id: string;
  readonly name: string;
  readonly language?: string | null;
  /** `cloned` for voices that were made of a recording. */
  readonly category?: string;
  readonly description?: string | null;
  readonly [more: string]: unknown;
}

export interface NewVoice {
  readonly name: string;
  /** WAV, MP3 or FLAC of 10 to 30 seconds. */
  readonly recording: Blob | Uint8Array<ArrayBuffer>;
  /** What is said in it. */
  readonly transcript: string;
  /** Who agreed that this voice is made. */
  readonly consent: string;
  readonly description?: string | undefined;
  /** For all keys. */
  readonly shared?: boolean | undefined;
}

export interface VoiceChange {
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly shared?: boolean | undefined;
}

export interface TranscriptionOptions extends CallOptions {
  readonly model?: string | undefined;
  /** BCP 47. */
  readonly language?: string | undefined;
  /** Ask for `segments` too. */
  readonly segments?: boolean | undefined;
}

export interface Transcription {
  readonly text: string;
  readonly language?: string;
  /** Seconds. */
  readonly duration?: number;
  readonly segments?: readonly { readonly text: string; readonly start: number; readonly end: number }[];
}

export interface Health {
  readonly status: string;
  readonly [more: string]: unknown;
}

export type LiveFormat = 'mp3' | 'pcm' | 'opus' | 'ulaw' | 'alaw';

export interface LiveRequest extends CallOptions {
  readonly voice?: string | undefined;
  /** `mp3` by default, at 44.1 kHz; `pcm` is 24 kHz, Opus 48 and G.711 8. */
  readonly format?: LiveFormat | undefined;
  readonly speed?: number | undefined;
  /** Whole phrases come, and each is to be spoken at once. */
  readonly phrases?: boolean | undefined;
}

/** The part of a WebSocket that is used. */
export interface LiveSocket {
  binaryType: string;
  send(message: string): void;
  close(code?: number): void;
  addEventListener(
    type: 'open' | 'message' | 'close' | 'error',
    listener: (event: { data?: unknown; code?: number; reason?: string }) => void,
  ): void;
}

export type WebSocketConstructor = new (url: string) => LiveSocket;
