import { createGain } from '../../audio/dsp/gain.ts';
import { createTrimmer } from '../../audio/dsp/silence.ts';
import { type Channels, FrameAligner, frameBytes, type PcmFilter } from '../../audio/pcm.ts';
import { type PcmStream, type Policy, withBody } from '../../core/engine.ts';
import type { Clock } from '../../core/ports.ts';
import { chunksOf, pullStream } from '../../stream/pull.ts';
import { turnsOf } from '../../stream/turns.ts';
import { chained, filtered } from './conform.ts';
import { decorate } from './opening.ts';
import { moved } from './timeline.ts';

/** Makes a filter that changes how fast speech is spoken. It is given whole frames. `rate` is in Hz. */
export type CreateStretcher = (rate: number, channels: Channels, speed: number) => Promise<PcmFilter>;

export interface ProsodyOptions {
  /** The engine changes its pace by itself, as far as it can. */
  readonly native?: boolean | undefined;
  /** What is stretched is trimmed before: as much as at the engine's own pace, whatever stretching does to a faint end. */
  readonly trims?: boolean | undefined;
  /** Present where the loop is shared with others. */
  readonly clock?: Clock | undefined;
}

/** A speed this close to the one asked for is the same one: a cache keeps it in 32 bits. */
const NEGLIGIBLE = 0.001;
/** What a gain may be, in dB. */
const MAX_GAIN = 20;

/**
 * Makes speech as fast and as loud as was asked for, less what its engine did of that. An engine that speaks at one pace only
 * is asked for speed 1; one that changes its pace in part (`native`) is asked for all of it and says in `prosody` what it did.
 * Where nothing is left to do streams pass untouched.
 */
export function prosody(createStretcher: CreateStretcher, options: ProsodyOptions = {}): Policy {
  const turns = options.clock && turnsOf(options.clock);
  return (inner) =>
    decorate(inner, async function prosodyOpen(request, signal) {
      const stream = await inner.open(options.native ? request : { ...request, speed: 1 }, signal);
      const done = stream.prosody ?? { speed: 1, volumeDb: 0 };
      const factor = request.speed === 1 ? 1 : request.speed / done.speed;
      const decibels = (request.volumeDb ?? 0) - done.volumeDb;
      const isStretched = Math.abs(factor - 1) >= NEGLIGIBLE;
      if (!isStretched && decibels === 0) return stream;
      const stretcher = isStretched ? await stretcherFor(stream, factor, createStretcher) : undefined;
      const trimmer =
        isStretched && options.trims ? createTrimmer(stream.rate, stream.channels, done.speed) : undefined;
      const changer = filterOf(stream, stretcher, decibels);
      const filter = onWholeFrames(trimmer ? chained(trimmer, changer) : changer, stream.channels);
      const reader = chunksOf(stream.body);
      const body = pullStream(
        () => filtered(reader, filter, turns),
        async () => {
          filter.close();
          await reader.cancel().catch(() => {}); // harmless on a body that has ended
        },
      );
      const changed = { speed: done.speed * (isStretched ? factor : 1), volumeDb: done.volumeDb + decibels };
      if (!isStretched) return withBody(stream, body, { prosody: changed });
      const placeOf = (frame: number): number => trimmer?.placeOf(frame) ?? frame;
      const words = moved(stream.words, (frame) => Math.round(placeOf(frame) / factor));
      const isTrimmed = trimmer !== undefined || stream.isTrimmed;
      return withBody(stream, body, { prosody: changed, words, length: undefined, isTrimmed });
    });
}

async function stretcherFor(
  { rate, channels, body }: PcmStream,
  factor: number,
  createStretcher: CreateStretcher,
): Promise<PcmFilter> {
  try {
    return await createStretcher(rate, channels, factor);
  } catch (error) {
    await body.cancel(error).catch(() => {});
    throw error;
  }
}

function filterOf({ channels }: PcmStream, stretcher: PcmFilter | undefined, decibels: number): PcmFilter {
  if (stretcher && decibels === 0) return stretcher;
  const gain = createGain(Math.max(-MAX_GAIN, Math.min(MAX_GAIN, decibels)), channels);
  return stretcher ? chained(stretcher, gain) : gain;
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
