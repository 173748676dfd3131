import { createGain } from '../../audio/gain.ts';
import { FrameAligner, frameBytes, type PcmFilter } from '../../audio/pcm.ts';
import type { Clock } from '../../ports.ts';
import { pullStream } from '../../stream/pull.ts';
import { type Turns, turnsOf } from '../../stream/turns.ts';
import type { PcmStream, Policy } from '../engine.ts';
import { filtered } from './filtered.ts';
import { withOpen } from './opening.ts';

/** What a gain may be, in dB. */
const MAX_GAIN = 20;

/** Makes speech as loud as was asked for, less what its engine did of that. Streams with nothing to do pass untouched. */
export function volume(clock?: Clock): Policy {
  const turns = clock && turnsOf(clock);
  return (inner) =>
    withOpen(inner, async (request, signal) => {
      const stream = await inner.open(request, signal);
      const decibels = (request.volumeDb ?? 0) - (stream.prosody?.volumeDb ?? 0);
      return decibels === 0 ? stream : amplified(stream, decibels, request.volumeDb ?? 0, turns);
    });
}

function amplified(
  stream: PcmStream,
  decibels: number,
  volumeDb: number,
  turns: Turns | undefined,
): PcmStream {
  const { relayed: _, ...rest } = stream; // what the runtime moves natively would not pass here
  const { channels, prosody } = stream;
  const aligner = new FrameAligner(frameBytes(channels));
  const gain = createGain(Math.max(-MAX_GAIN, Math.min(MAX_GAIN, decibels)), channels);
  const filter: PcmFilter = { ...gain, push: (pcm) => gain.push(aligner.push(pcm)) };
  const reader = stream.body.getReader();
  const body = pullStream(
    () => filtered(reader, filter, turns),
    async () => {
      gain.close();
      await reader.cancel().catch(() => {}); // harmless on a body that has ended
    },
  );
  return { ...rest, prosody: { speed: prosody?.speed ?? 1, volumeDb }, body };
}
