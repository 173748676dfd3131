import { createResampler, resampledFrames } from '../audio/dsp/resample.ts';
import { type Encoder, encodeFiltered } from '../audio/encoder.ts';
import { audioFormats, createEncoder } from '../audio/formats.ts';
import { frameBytes } from '../audio/pcm.ts';
import { joinBytes } from '../core/bytes.ts';
import type { Engine, PcmStream } from '../core/engine.ts';
import { SpeechFailure } from '../core/errors.ts';
import type { Ports, StreamOutcome } from '../core/ports.ts';
import type { SpeechRequest } from '../core/request.ts';
import { chunksOf, pullStream } from '../stream/pull.ts';
import { readAll, TooLarge } from '../stream/read.ts';
import { inTurns, type Turns, turnsOf } from '../stream/turns.ts';
import { DeliveryProgress } from './delivery-progress.ts';
import { CacheMisses, type Counted, countKept } from './kept-length.ts';
import type { AudioFormat, Output } from './output.ts';
import { checkReferences } from './voice-sample.ts';

/** Audio on its way to a client. */
export interface Speech {
  /** By which its receipt is found, where it has one. */
  readonly id?: string | undefined;
  readonly contentType: string;
  /** File name extension without a dot. */
  readonly extension: string;
  /** Sample rate in Hz. */
  readonly rate: number;
  readonly engine: string;
  /** Bytes in all, where known before the last one. */
  readonly length?: number | undefined;
  /** Milliseconds from the request to the first PCM. */
  readonly firstAudioMs: number;
  readonly queueMs?: PcmStream['queueMs'];
  readonly sourceMs?: PcmStream['sourceMs'];
  readonly voiceConfirmed?: PcmStream['voiceConfirmed'];
  readonly otherVoice?: PcmStream['otherVoice'];
  readonly passedOver?: PcmStream['passedOver'];
  readonly cache?: PcmStream['cache'];
  /** What is said when, as far as the body was read; of a body that the runtime moves by itself only once it ended. */
  readonly progress: DeliveryProgress;
  readonly body: ReadableStream<Uint8Array>;
  /** Present when the runtime moves the body by itself: settles at its end. */
  readonly done?: Promise<StreamOutcome> | undefined;
}

/** An answer in one piece is bounded by its bytes: a text that has not even so many for each character is refused at once. */
const MIN_BYTES_A_CHARACTER = 16;

/**
 * The use case: text in, encoded audio out. Resolves once audio exists, so that a status can still tell the truth before.
 * Cancelling the body, or aborting `signal`, stops everything the request caused.
 *
 * @throws SpeechFailure before any audio was handed out
 */
export async function synthesize(
  request: SpeechRequest,
  output: Output,
  parts: { readonly engine: Engine } & Pick<Ports, 'wasm' | 'decodeOutside' | 'clock' | 'relay'>,
  signal: AbortSignal,
): Promise<Speech> {
  const { clock } = parts;
  if (output.whole && request.text.length > output.maxWholeBytes / MIN_BYTES_A_CHARACTER) throw tooLong();
  const isChecked = request.customVoice !== undefined;
  if (request.references.length > 0 && !isChecked) await checkReferences(request.references, parts, signal);
  const started = clock.now();
  const isCounted = audioFormats[output.format].verbatim && !output.whole;
  const misses = isCounted ? new CacheMisses() : undefined;
  const pcm = await parts.engine.open(misses ? { ...request, onCacheMiss: misses.tell } : request, signal);
  const firstAudioMs = clock.now() - started;
  const progress = new DeliveryProgress(request.text, pcm);
  if (request.more || !isReplayed(pcm)) misses?.tell(); // text that is to come has to be waited for
  try {
    const rendered = await render(pcm, output, parts, { progress, misses });
    const { contentType, extension } = audioFormats[output.format];
    const { engine, queueMs, sourceMs, voiceConfirmed, otherVoice, passedOver, cache } = pcm;
    const how = { engine, firstAudioMs, queueMs, sourceMs, voiceConfirmed, otherVoice, passedOver, cache };
    return { contentType, extension, ...how, progress, ...rendered };
  } catch (error) {
    if (!pcm.body.locked) await pcm.body.cancel(error).catch(() => {});
    throw error;
  }
}

type Rendered = Pick<Speech, 'body' | 'length' | 'rate' | 'done'>;

async function render(
  pcm: PcmStream,
  output: Output,
  { wasm, relay, clock }: Pick<Ports, 'wasm' | 'relay' | 'clock'>,
  { progress, misses }: { readonly progress: DeliveryProgress; readonly misses: CacheMisses | undefined },
): Promise<Rendered> {
  const { channels } = pcm;
  const turns = turnsOf(clock);
  const { format, whole, bitrate } = output;
  const pcmRate = output.rate ?? pcm.rate;
  const rate = audioFormats[format].encodedRate(pcmRate);
  const resampler =
    pcmRate === pcm.rate ? undefined : createResampler(pcm.rate, pcmRate, channels, await wasm('resample'));
  const encoderOf = (as: AudioFormat, length?: number): Promise<Encoder> =>
    createEncoder({ format: as, rate: pcmRate, channels, bitrate, length }, wasm);
  const resampled = (encoder: Encoder): Encoder => (resampler ? encodeFiltered(resampler, encoder) : encoder);
  if (whole && (resampler || pcm.length === undefined || format !== 'wav')) {
    const gathered = async (encoder: Encoder): Promise<Uint8Array<ArrayBuffer>> =>
      gather(encoded(pcm.body, encoder, progress, turns), output.maxWholeBytes);
    let audio: Uint8Array<ArrayBuffer>;
    if (format === 'wav' || format === 'flac') {
      const samples = await gathered(resampled(await encoderOf('pcm'))); // their heads say how long they are
      audio = await encodeWhole(await encoderOf(format, samples.length), samples, turns);
    } else audio = await gathered(resampled(await encoderOf(format)));
    return { rate, length: audio.length, body: new Blob([audio]).stream() };
  }
  if (relay && pcm.relayed && !whole && !resampler && audioFormats[format].verbatim) {
    const encoder = await createEncoder({ format, rate, channels }, wasm);
    const head = encoder.head() ?? new Uint8Array();
    const { body, done } = pcm.relayed(relay, head);
    countWhenDone(done, head.length, progress);
    return { rate, body, done };
  }
  const source = await counted(pcm, output, misses);
  const dataBytes = source.length === undefined ? undefined : resampledLength(source.length, pcm, pcmRate);
  const encoder = await encoderOf(format, dataBytes);
  const length = dataBytes === undefined ? undefined : dataBytes + (encoder.head()?.length ?? 0);
  return {
    rate,
    length,
    body: encoded(source.body, resampled(encoder), progress, turns),
  };
}

/** What the source promised counts where all of it is waited for: one that is still to speak may tell of more than it has. */
async function counted(
  pcm: PcmStream,
  { format, whole }: Output,
  misses: CacheMisses | undefined,
): Promise<Counted> {
  if (whole && audioFormats[format].verbatim) return pcm;
  if (!misses || misses.isMissed) return { body: pcm.body };
  return pcm.length === undefined ? countKept(pcm.body, misses.first) : pcm;
}

function isReplayed({ cache }: PcmStream): boolean {
  return cache?.state === 'hit' || cache?.state === 'coalesced';
}

/** Bytes of PCM at `rate` for `bytes` of `pcm`. */
function resampledLength(bytes: number, pcm: PcmStream, rate: number): number {
  const size = frameBytes(pcm.channels);
  return resampledFrames(bytes / size, pcm.rate, rate) * size;
}

/**
 * Counts a body that the runtime moves by itself when it ends, where the runtime tells how long it was. A function of its own,
 * whose closure holds nothing of the answer's beginning while the rest flows.
 */
function countWhenDone(done: Promise<StreamOutcome>, headBytes: number, progress: DeliveryProgress): void {
  void done.then(({ outcome, bytes }) => {
    if (bytes === undefined) return;
    progress.count(Math.max(0, bytes - headBytes));
    if (outcome === 'finished') progress.finish();
  });
}

/** Encodes chunk by chunk, as the client asks for more. */
function encoded(
  pcm: ReadableStream<Uint8Array>,
  encoder: Encoder,
  progress: DeliveryProgress,
  turns: Turns,
): ReadableStream<Uint8Array> {
  const reader = chunksOf(pcm);
  return pullStream(
    async function* () {
      let head = encoder.head();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        const push = (slice: Uint8Array): Uint8Array => {
          progress.count(slice.length);
          return encoder.push(slice);
        };
        for await (const audio of inTurns(turns, value, push)) {
          yield head ? joinBytes([head, audio]) : audio; // clients look for the container in the first chunk
          head = undefined;
        }
      }
      progress.finish();
      yield encoder.end();
    },
    async () => {
      await reader.cancel().catch(() => {});
      encoder.close();
    },
  );
}

async function gather(body: ReadableStream<Uint8Array>, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return await readAll(body, limit);
  } catch (error) {
    if (!(error instanceof TooLarge)) throw error;
    throw tooLong();
  }
}

function tooLong(): SpeechFailure {
  const message = 'The audio is too long for an answer in one piece; ask for a stream or send less text.';
  return new SpeechFailure({ code: 'request_too_large', message });
}

async function encodeWhole(
  encoder: Encoder,
  samples: Uint8Array,
  turns: Turns,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const parts = [encoder.head() ?? new Uint8Array()];
    for await (const part of inTurns(turns, samples, (slice) => encoder.push(slice))) parts.push(part);
    return joinBytes([...parts, encoder.end()]);
  } finally {
    encoder.close();
  }
}
