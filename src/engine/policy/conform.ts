import { createResampler } from '../../audio/dsp/resample.ts';
import { type Channels, fromInt16, type PcmFilter, toInt16 } from '../../audio/pcm.ts';
import { joinBytes } from '../../core/bytes.ts';
import type { Ports } from '../../core/ports.ts';
import type { ChunkReader } from '../../stream/pull.ts';
import { inTurns, type Turns } from '../../stream/turns.ts';

/** Rate in Hz and channels of PCM. */
export interface PcmForm {
  readonly rate: number;
  readonly channels: Channels;
}

/**
 * A filter that brings PCM of one form into another; undefined where both are the same. It takes whole frames.
 *
 * @throws RangeError for a rate that no filter takes
 */
export async function conform(
  from: PcmForm,
  to: PcmForm,
  wasm: Ports['wasm'],
): Promise<PcmFilter | undefined> {
  const mixed = from.channels === to.channels ? undefined : mixing(to.channels);
  if (from.rate === to.rate) return mixed;
  const resampler = createResampler(from.rate, to.rate, from.channels, await wasm('resample'));
  return mixed ? chained(resampler, mixed) : resampler;
}

/** `first`, then `second`. */
export function chained(first: PcmFilter, second: PcmFilter): PcmFilter {
  return {
    push: (pcm) => second.push(first.push(pcm)),
    end() {
      const last = second.push(first.end());
      return joinBytes([last, second.end()]);
    },
    close() {
      first.close();
      second.close();
    },
  };
}

/** One channel twice, or the mean of two. */
function mixing(channels: Channels): PcmFilter {
  const mix = channels === 2 ? twice : mean;
  return {
    push: (pcm) => fromInt16(mix(toInt16(pcm))),
    end: () => new Uint8Array(0),
    close() {},
  };
}

function twice(samples: Int16Array): Int16Array {
  const both = new Int16Array(samples.length * 2);
  for (let i = 0; i < both.length; i++) both[i] = samples[i >> 1] ?? 0;
  return both;
}

function mean(samples: Int16Array): Int16Array {
  const one = new Int16Array(samples.length / 2);
  for (let i = 0; i < one.length; i++) one[i] = ((samples[2 * i] ?? 0) + (samples[2 * i + 1] ?? 0)) >> 1;
  return one;
}

/**
 * What `filter` makes of the bytes of `reader`, chunk by chunk, each read only when asked for. Both stay the caller's: to
 * cancel the one and close the other.
 * @param turns in which it works, so that a long chunk holds up nobody
 */
export async function* filtered(
  reader: ChunkReader,
  filter: PcmFilter,
  turns?: Turns,
): AsyncGenerator<Uint8Array, void, void> {
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    for await (const out of inTurns(turns, value, (slice) => filter.push(slice))) {
      if (out.length > 0) yield out;
    }
  }
  const rest = filter.end();
  if (rest.length > 0) yield rest;
}
