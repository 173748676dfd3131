import { type Channels, FrameAligner, frameBytes, type PcmFilter } from '../../audio/pcm.ts';
import type { Clock } from '../../ports.ts';
import { pullStream } from '../../stream/pull.ts';
import { type Turns, turnsOf } from '../../stream/turns.ts';
import type { PcmStream, Policy } from '../engine.ts';
import { filtered } from './filtered.ts';
import { withOpen } from './opening.ts';
import { moved } from './word-times.ts';

/** Makes a filter that changes how fast speech is spoken. It is given whole frames. `rate` is in Hz. */
export type CreateStretcher = (rate: number, channels: Channels, speed: number) => Promise<PcmFilter>;

export interface SpeedOptions {
  /** The engine changes its pace by itself, as far as it can. */
  readonly native?: boolean | undefined;
  /** Present where the loop is shared with others. */
  readonly clock?: Clock | undefined;
}

/** A speed this close to the one asked for is the same one: a cache keeps it in 32 bits. */
const NEGLIGIBLE = 0.001;

/**
 * For engines that speak at one pace only: they are asked for speed 1, and the PCM is stretched to the speed asked for.
 * Those that change their pace in part (`native`) are asked for all of it and say in `prosody` what they did. Where nothing
 * is left to do streams pass untouched.
 */
export function speed(createStretcher: CreateStretcher, options: SpeedOptions = {}): Policy {
  const turns = options.clock && turnsOf(options.clock);
  return (inner) =>
    withOpen(inner, async (request, signal) => {
      if (request.speed === 1) return inner.open(request, signal);
      const stream = await inner.open(options.native ? request : { ...request, speed: 1 }, signal);
      const factor = request.speed / (stream.prosody?.speed ?? 1);
      return Math.abs(factor - 1) < NEGLIGIBLE ? stream : stretch(stream, factor, createStretcher, turns);
    });
}

async function stretch(
  stream: PcmStream,
  factor: number,
  createStretcher: CreateStretcher,
  turns: Turns | undefined,
): Promise<PcmStream> {
  const { rate, channels, engine, queueMs, voiceConfirmed, cache } = stream;
  const words = moved(stream.words, (frame) => Math.round(frame / factor));
  const prosody = { volumeDb: 0, ...stream.prosody, speed: (stream.prosody?.speed ?? 1) * factor };
  let stretcher: PcmFilter;
  try {
    stretcher = await createStretcher(rate, channels, factor);
  } catch (error) {
    await stream.body.cancel(error).catch(() => {});
    throw error;
  }
  const filter = onWholeFrames(stretcher, channels);
  const reader = stream.body.getReader();
  const body = pullStream(
    () => filtered(reader, filter, turns),
    async () => {
      filter.close();
      await reader.cancel().catch(() => {}); // harmless on a body that has ended
    },
  );
  return { rate, channels, engine, queueMs, voiceConfirmed, cache, prosody, words, body };
}

/** An engine may cut its chunks anywhere; the filter takes whole frames. */
function onWholeFrames(filter: PcmFilter, channels: Channels): PcmFilter {
  const aligner = new FrameAligner(frameBytes(channels));
  return {
    push: (pcm) => filter.push(aligner.push(pcm)),
    end: () => filter.end(),
    close: () => filter.close(),
  };
}
