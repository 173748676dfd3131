import { type Channels, frameBytes, fromInt16, type PcmFilter, toInt16 } from '../pcm.ts';
import { mapSlices } from '../wasm/codec-guard.ts';

/** In dB: the bounds of `prosody.volume` in the Fish API. */
const MIN_GAIN = -20;
const MAX_GAIN = 20;

/** The factor is a multiple of 2^-16: products are whole numbers then, and round alike on every runtime. */
const STEPS = 65_536;
const MAX_SAMPLE = 32_767;
const MIN_SAMPLE = -32_768;

/**
 * Makes PCM louder or softer. What would go beyond full scale stays at full scale; 0 dB passes bytes on.
 *
 * @param decibels MIN_GAIN..MAX_GAIN: 6 doubles the level, -6 halves it, about
 * @throws RangeError for a gain outside its bounds
 */
export function createGain(decibels: number, channels: Channels): PcmFilter {
  if (!(decibels >= MIN_GAIN && decibels <= MAX_GAIN)) {
    throw new RangeError(`The gain must be between ${MIN_GAIN} and ${MAX_GAIN} dB, not ${decibels}.`);
  }
  const factor = Math.round(10 ** (decibels / 20) * STEPS);
  const amplify = (pcm: Uint8Array): Uint8Array => {
    const samples = toInt16(pcm);
    const louder = new Int16Array(samples.length);
    for (let i = 0; i < samples.length; i++) {
      louder[i] = Math.max(
        MIN_SAMPLE,
        Math.min(MAX_SAMPLE, Math.round(((samples[i] ?? 0) * factor) / STEPS)),
      );
    }
    return fromInt16(louder);
  };
  return mapSlices(frameBytes(channels), factor === STEPS ? (pcm) => pcm : amplify);
}
