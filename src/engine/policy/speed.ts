import { type Channels, FrameAligner, frameBytes, type PcmFilter } from '../../audio/pcm.ts';
import { pullStream } from '../../stream/pull.ts';
import type { PcmStream, Policy } from '../engine.ts';
import { filtered } from './filtered.ts';
import { withOpen } from './opening.ts';

/** Makes a filter that changes how fast speech is spoken. It is given whole frames. `rate` is in Hz. */
export type CreateStretcher = (rate: number, channels: Channels, speed: number) => Promise<PcmFilter>;

/**
 * For engines that speak at one pace only: they are asked for speed 1, and the PCM is stretched to the speed asked for.
 * At speed 1 streams pass untouched.
 */
export function speed(createStretcher: CreateStretcher): Policy {
  return (inner) =>
    withOpen(inner, async (request, signal) => {
      if (request.speed === 1) return inner.open(request, signal);
      const stream = await inner.open({ ...request, speed: 1 }, signal);
      return stretch(stream, request.speed, createStretcher);
    });
}

async function stretch(
  stream: PcmStream,
  factor: number,
  createStretcher: CreateStretcher,
): Promise<PcmStream> {
  const { rate, channels, engine } = stream;
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
    () => filtered(reader, filter),
    async () => {
      filter.close();
      await reader.cancel().catch(() => {}); // harmless on a body that has ended
    },
  );
  return { rate, channels, engine, body };
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
