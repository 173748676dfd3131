import type { TimedWord } from '../text/follow.ts';
import { eventsOf, Failure, isAbort, sendJson } from './server.ts';

/** Samples a second of all audio that the page plays. */
export const RATE = 24_000;

export const formats = ['mp3', 'wav', 'flac', 'opus', 'aac', 'pcm'] as const;
export type Format = (typeof formats)[number];

export interface Asked {
  readonly voice: string;
  readonly speed: number;
}

/** Times are seconds. */
interface TimedSegment {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly words: readonly TimedWord[];
}

type SpeechEvent =
  | { readonly kind: 'begun'; readonly id: string }
  | { readonly kind: 'audio'; readonly samples: Int16Array<ArrayBuffer> }
  | { readonly kind: 'times'; readonly segments: readonly TimedSegment[] };

export function bodyOf(input: string, { voice, speed }: Asked): Record<string, unknown> {
  return { input, ...(voice !== '' && { voice }), ...(speed !== 1 && { speed }) };
}

interface WireEvent {
  readonly type: string;
  readonly audio?: string;
  readonly segments?: readonly TimedSegment[];
}

/** A speech as it is made, with the times of its words. @throws Failure, also for one that broke off */
export async function* speechEvents(
  input: string,
  asked: Asked,
  signal: AbortSignal,
): AsyncGenerator<SpeechEvent> {
  const how = { stream_format: 'sse', timestamps: true, response_format: 'pcm', sample_rate: RATE };
  const response = await sendJson('v1/audio/speech', { ...bodyOf(input, asked), ...how }, { signal });
  yield { kind: 'begun', id: response.headers.get('x-speech-id') ?? '' };
  for await (const event of eventsOf<WireEvent>(response)) {
    if (event.type === 'speech.audio.delta') yield { kind: 'audio', samples: samplesIn(event.audio ?? '') };
    if (event.type === 'speech.audio.timestamps') yield { kind: 'times', segments: event.segments ?? [] };
    if (event.type === 'error') throw new Failure('broken');
    if (event.type === 'speech.audio.done') return;
  }
}

/** A file of what is said. */
export async function speechFile(
  input: string,
  asked: Asked,
  format: Format,
  signal?: AbortSignal,
): Promise<Blob> {
  const body = { ...bodyOf(input, asked), response_format: format };
  const response = await sendJson('v1/audio/speech', body, signal ? { signal } : {});
  return response.blob().catch((error: unknown) => {
    throw isAbort(error) ? error : new Failure('unreachable');
  });
}

function samplesIn(base64: string): Int16Array<ArrayBuffer> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length & ~1);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  return new Int16Array(bytes.buffer);
}
