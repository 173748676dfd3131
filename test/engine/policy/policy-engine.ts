import { createTrimmer } from '../../../src/audio/dsp/silence.ts';
import { joinBytes } from '../../../src/core/bytes.ts';
import type { Engine, PcmStream } from '../../../src/core/engine.ts';
import { defaultSampling, type SpeechRequest } from '../../../src/core/request.ts';
import { ClientGone } from '../../../src/stream/cancel.ts';

export const RATE = 8_000;
/** What comes before a call may load a module from the disk first. */
const CALL_MS = 10_000;

export function asking(text: string, more: Partial<SpeechRequest> = {}): SpeechRequest {
  return { text, speed: 1, references: [], sampling: defaultSampling, whole: false, ...more };
}

/** One call of `open`: the test decides when and how it goes on. */
interface Call {
  readonly request: SpeechRequest;
  readonly signal: AbortSignal;
  /** First audio exists. */
  speak(...chunks: Uint8Array[]): void;
  speakAs(form: { rate?: number; channels?: 1 | 2 }, ...chunks: Uint8Array[]): void;
  /** The same with all that a stream may tell of itself. */
  speakTold(stream: Omit<PcmStream, 'body'>, ...chunks: Uint8Array[]): void;
  /** The same with a body of the test's own. */
  speakBody(body: ReadableStream<Uint8Array>): void;
  fail(error: Error): void;
  /** Chunks the reader has taken. */
  taken: number;
  cancelled: boolean;
}

export interface FakeEngine extends Engine {
  readonly calls: Call[];
  /** The latest call, once there are `count` of them. */
  call(count: number): Promise<Call>;
}

/** An engine whose `open` waits for the test. With `deaf` it does not mind its signal. A chunk may be an error. */
export function createFakeEngine({ deaf = false }: { deaf?: boolean } = {}): FakeEngine {
  const calls: Call[] = [];
  return {
    id: 'fake',
    calls,
    voices: async () => [],
    open: (request, signal) =>
      new Promise<PcmStream>((resolve, reject) => {
        if (!deaf) signal.addEventListener('abort', () => reject(new ClientGone(signal.reason)));
        const call: Call = {
          request,
          signal,
          taken: 0,
          cancelled: false,
          speak: (...chunks) => call.speakAs({}, ...chunks),
          speakAs: ({ rate = RATE, channels = 1 }, ...chunks) =>
            resolve({ rate, channels, engine: 'fake', length: 1, body: bodyOf(call, chunks) }),
          speakTold: (stream, ...chunks) => resolve({ ...stream, body: bodyOf(call, chunks) }),
          speakBody: (body) => resolve({ rate: RATE, channels: 1, engine: 'fake', body }),
          fail: reject,
        };
        calls.push(call);
      }),
    async call(count) {
      const end = performance.now() + CALL_MS;
      while (calls.length < count && performance.now() < end) await settle();
      const call = calls[count - 1];
      if (!call) throw new Error(`There were only ${calls.length} calls.`);
      return call;
    },
  };
}

/** A chunk of this one byte breaks the body. */
export const broken: Uint8Array = new Uint8Array([13]);
/** A chunk of no bytes never comes: the body waits until it is cancelled. */
export const endless: Uint8Array = new Uint8Array(0);

function bodyOf(call: Call, chunks: Uint8Array[]): ReadableStream<Uint8Array> {
  const rest = [...chunks];
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = rest.shift();
        if (next === endless) return new Promise(() => {});
        if (next === broken) return controller.error(new Error('The engine broke.'));
        if (!next) return controller.close();
        call.taken += 1;
        controller.enqueue(next.slice());
      },
      cancel() {
        call.cancelled = true;
      },
    },
    { highWaterMark: 0 },
  );
}

/** Lets everything that is ready happen: every promise that can go on has gone on. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

/** A square wave of `frames` frames at this level, 0..1. */
export function sound(frames: number, level = 0.5): Uint8Array {
  const samples = new Int16Array(frames).map((_, i) => Math.round((i % 8 < 4 ? level : -level) * 32_767));
  return new Uint8Array(samples.buffer);
}

/** What is left of `pcm` without the silence around it. */
export function trimmed(pcm: Uint8Array): Uint8Array {
  const trimmer = createTrimmer(RATE, 1);
  return joinBytes([trimmer.push(pcm), trimmer.end()]);
}

export async function readAll(stream: PcmStream): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const chunk of stream.body) parts.push(chunk);
  return joinBytes(parts);
}
