import { createRequire } from 'node:module';

/**
 * What the tests use of ElevenLabs' official client. Its own types are twelve thousand files, which would take the compiler
 * longer than the whole project.
 */
export interface ElevenLabsClient {
  readonly textToSpeech: {
    convert(voice: string, request: SpeechRequest): PromiseLike<ReadableStream<Uint8Array>>;
    stream(voice: string, request: SpeechRequest): PromiseLike<ReadableStream<Uint8Array>>;
    convertWithTimestamps(voice: string, request: SpeechRequest): PromiseLike<TimedSpeech>;
    streamWithTimestamps(voice: string, request: SpeechRequest): PromiseLike<AsyncIterable<TimedSpeech>>;
  };
  readonly voices: {
    getAll(): PromiseLike<{ readonly voices: readonly Voice[] }>;
    search(request: object): PromiseLike<{
      readonly voices: readonly Voice[];
      readonly hasMore: boolean;
      readonly totalCount: number;
      readonly nextPageToken?: string;
    }>;
    get(voice: string): PromiseLike<Voice>;
    delete(voice: string): PromiseLike<{ readonly status: string }>;
    update(voice: string, request: { readonly name: string }): PromiseLike<{ readonly status: string }>;
    readonly ivc: {
      create(request: {
        readonly name: string;
        readonly files: readonly Blob[];
        readonly description?: string;
        readonly labels?: Readonly<Record<string, string>>;
      }): PromiseLike<{ readonly voiceId: string; readonly requiresVerification: boolean }>;
    };
  };
  readonly models: { list(): PromiseLike<readonly { readonly modelId: string }[]> };
}

interface SpeechRequest {
  readonly text: string;
  readonly outputFormat?: string;
  readonly [option: string]: unknown;
}

export interface CharacterTimes {
  readonly characters: string[];
  readonly characterStartTimesSeconds: number[];
  readonly characterEndTimesSeconds: number[];
}

interface TimedSpeech {
  readonly audioBase64: string;
  readonly alignment?: CharacterTimes;
  readonly normalizedAlignment?: CharacterTimes;
}

interface Voice {
  readonly voiceId: string;
  readonly name?: string;
  readonly category?: string;
}

export interface ElevenLabsError extends Error {
  readonly statusCode?: number;
  readonly body?: unknown;
}

interface Sdk {
  readonly ElevenLabsClient: new (options: {
    readonly baseUrl: string;
    readonly apiKey: string;
    readonly maxRetries?: number;
  }) => ElevenLabsClient;
  readonly ElevenLabsError: new () => ElevenLabsError;
  readonly ElevenLabs: { readonly UnprocessableEntityError: new () => ElevenLabsError };
}

const require: NodeJS.Require = createRequire(import.meta.url);

export const sdk: Sdk = require('@elevenlabs/elevenlabs-js') as Sdk;

/** The official client, which only the base address and the key tell where it is. */
export function elevenLabsClient(baseUrl: string, apiKey = 'any', maxRetries = 0): ElevenLabsClient {
  return new sdk.ElevenLabsClient({ baseUrl, apiKey, maxRetries });
}
