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
 * first; the last one takes a small rest along.
 */
export function* planWindows(frames: number, isContinuation: boolean): Generator<Span, void, void> {
  let from = 0;
  for (
    let size = isContinuation ? MAX_FRAMES : FIRST_FRAMES;
    from < frames;
    size = Math.min(2 * size, MAX_FRAMES)
  ) {
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
