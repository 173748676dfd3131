/** What the encoder says of every symbol; rows are channels. */
interface Symbols {
  /** Of the latent: float32 [channels, symbols]. */
  readonly means: Float32Array;
  readonly logDeviations: Float32Array;
}

/** Halvings of the range in which the length scale lies: to the last bit of a 32-bit duration. */
const SEARCH_STEPS = 40;

/**
 * How many frames every symbol lasts, all together `1 / speed` of what they last at speed 1, to the frame. At speed 1 every
 * duration is rounded up, as VITS does it.
 *
 * A length scale alone would not do: a phoneme and the pad behind it last 2 frames each on average, so rounding up leaves
 * 64 % of the time at a scale of 1/2. Faster speech takes the scale at which the rounded durations add up: no symbol lasts
 * less than a frame, which bounds the speed, and fewer words are misheard than when short symbols vanish. Slower speech
 * stretches what speed 1 has: with a scale it was the long symbols that grew.
 *
 * @param durations at speed 1, in frames, not rounded
 */
export function countFrames(durations: Float32Array, speed: number): number[] {
  return speed < 1 ? stretchFrames(roundUp(durations, 1), speed) : shortenFrames(durations, speed);
}

function roundUp(durations: Float32Array, scale: number): number[] {
  return Array.from(durations, (each) => Math.ceil(each * scale));
}

/** Rounds where symbols end, not how long they are: nothing adds up. */
function stretchFrames(frames: readonly number[], speed: number): number[] {
  let end = 0;
  let begin = 0;
  return frames.map((count) => {
    end += count / speed;
    const stretched = Math.round(end) - begin;
    begin += stretched;
    return stretched;
  });
}

function shortenFrames(durations: Float32Array, speed: number): number[] {
  const wanted = Math.round(sum(roundUp(durations, 1)) / speed);
  let [low, high] = [0, 1];
  for (let step = 0; step < SEARCH_STEPS; step++) {
    const middle = (low + high) / 2;
    if (sum(roundUp(durations, middle)) < wanted) low = middle;
    else high = middle;
  }
  return roundUp(durations, high);
}

function sum(numbers: readonly number[]): number {
  let total = 0;
  for (const each of numbers) total += each;
  return total;
}

/**
 * Draws the latent of every frame from the distribution of its symbol: float32 [channels, frames].
 *
 * @param noise float32 [frames, channels], normally distributed: a frame's does not depend on how many follow
 */
export function drawLatent(
  { means, logDeviations }: Symbols,
  framesOf: readonly number[],
  noise: Float32Array,
  noiseScale: number,
): Float32Array<ArrayBuffer> {
  const symbols = framesOf.length;
  const channels = means.length / symbols;
  const frames = noise.length / channels;
  const out = new Float32Array(noise.length);
  let from = 0;
  for (const [symbol, count] of framesOf.entries()) {
    for (let channel = 0; channel < channels; channel++) {
      const mean = means[channel * symbols + symbol] ?? 0;
      const deviation = Math.exp(logDeviations[channel * symbols + symbol] ?? 0) * noiseScale;
      for (let frame = from; frame < from + count; frame++) {
        out[channel * frames + frame] = mean + deviation * (noise[frame * channels + channel] ?? 0);
      }
    }
    from += count;
  }
  return out;
}
