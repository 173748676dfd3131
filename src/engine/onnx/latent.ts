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

/** Frames of the latent from `from` up to `to`. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** Frames of the first window: 0.23 s at 22.05 kHz, so that sound leaves early. */
const FIRST_FRAMES = 20;
/** Small windows cost total time (their padding is decoded twice), so they double up to this. */
const MAX_FRAMES = 160;
/** What the vocoder needs to see on each side: with 10 frames a window is 126 dB from the full decode. */
const PADDING_FRAMES = 10;

/**
 * Cuts `frames` frames into windows of 20, 40, 80, 160, 160 ... frames, or of 160 from the start where nobody waits for the
 * first; the last one takes a small rest along. `most` stands for 160 where memory is short.
 */
export function* planWindows(
  frames: number,
  isContinuation: boolean,
  most: number = MAX_FRAMES,
): Generator<Span, void, void> {
  let from = 0;
  for (let size = isContinuation ? most : FIRST_FRAMES; from < frames; size = Math.min(2 * size, most)) {
    const to = frames - from - size < FIRST_FRAMES ? frames : from + size;
    yield { from, to };
    from = to;
  }
}

/** `span` with its padding, as far as there are frames. */
export function padSpan(span: Span, frames: number): Span {
  return { from: Math.max(0, span.from - PADDING_FRAMES), to: Math.min(frames, span.to + PADDING_FRAMES) };
}

/** The frames of `span` from a latent of [channels, frames], as a copy of [channels, span]. */
export function sliceLatent(latent: Float32Array, frames: number, span: Span): Float32Array {
  const channels = latent.length / frames;
  const width = span.to - span.from;
  const out = new Float32Array(channels * width);
  for (let channel = 0; channel < channels; channel++) {
    const row = channel * frames;
    out.set(latent.subarray(row + span.from, row + span.to), channel * width);
  }
  return out;
}

/** The samples of `span` from what was decoded from `padded`. */
export function trimPadding(samples: Float32Array, span: Span, padded: Span): Float32Array {
  const hop = samples.length / (padded.to - padded.from);
  return samples.subarray((span.from - padded.from) * hop, (span.to - padded.from) * hop);
}
