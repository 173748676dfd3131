const MAX_SAMPLE = 32_767;

/** Samples of a float format have this full scale: one 16-bit step of them. */
export const FLOAT_STEP: number = 1 / 32_768;

/**
 * The mean of all channels as 16-bit samples.
 * @param step what a step of 16 bits is worth in the values
 */
export function mixDown(channels: readonly ArrayLike<number>[], step: number): Int16Array {
  const out = new Int16Array(channels[0]?.length ?? 0);
  for (let at = 0; at < out.length; at++) {
    let sum = 0;
    for (const channel of channels) sum += channel[at] ?? 0;
    out[at] = clamp(sum / channels.length / step);
  }
  return out;
}

/** The same of interleaved values. */
export function mixInterleaved(values: ArrayLike<number>, channels: number, step: number): Int16Array {
  const out = new Int16Array(Math.floor(values.length / channels));
  for (let frame = 0; frame < out.length; frame++) {
    let sum = 0;
    for (let channel = 0; channel < channels; channel++) sum += values[frame * channels + channel] ?? 0;
    out[frame] = clamp(sum / channels / step);
  }
  return out;
}

function clamp(value: number): number {
  return Math.max(-MAX_SAMPLE - 1, Math.min(MAX_SAMPLE, Math.round(value)));
}
