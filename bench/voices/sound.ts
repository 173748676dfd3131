/** What can be heard at the joins of speech, by numbers. Samples are between -1 and 1. */

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** What speech of several segments keeps to: the tests ask for it, and the page of figures shows it. */
export const bounds = {
  /** Between the loudest and the quietest segment, in LU. */
  loudnessSpread: 4,
  /** At every join, of a full scale of 1. */
  step: 0.01,
  /** Milliseconds that a pause may be shorter or longer than the text asks for: the trimmer leaves 10 ms at either end, and faint ends sound on. */
  pause: { less: 10, more: 80 },
  /** Half of the jumps are below, in semitones. */
  pitch: 9,
} as const;

/** -50 dBFS: below it is silence. */
const SILENCE = 10 ** (-50 / 20);
/** Around a place. */
const NEAR_SECONDS = 0.002;

/** The largest step from one sample to the next within 2 ms of `at`: a click is a step that speech around it does not have. */
export function stepNear(samples: Float64Array, at: number, rate: number): number {
  const near = Math.round(NEAR_SECONDS * rate);
  let most = 0;
  for (let i = Math.max(1, at - near); i < Math.min(samples.length, at + near); i++)
    most = Math.max(most, Math.abs((samples[i] ?? 0) - (samples[i - 1] ?? 0)));
  return most;
}

/** Milliseconds of silence between two spans that follow each other. */
export function pauseBetween(samples: Float64Array, before: Span, after: Span, rate: number): number {
  const isSilent = (at: number): boolean => Math.abs(samples[at] ?? 0) < SILENCE;
  const middle = Math.round((before.end + after.start) / 2);
  let [from, to] = [middle, middle];
  while (from > 0 && isSilent(from - 1)) from--;
  while (to < samples.length && isSilent(to)) to++;
  return ((to - from) / rate) * 1000;
}

/** What a voice's pitch may be, in Hz, and how alike two periods of a voiced sound are at least. */
const LOWEST = 60;
const HIGHEST = 400;
const ALIKE = 0.6;
const NEARLY = 0.95;
const FRAME_SECONDS = 0.04;
const HOP_SECONDS = 0.01;

/** The median pitch of the voiced sound in a span, in Hz, by autocorrelation; undefined where there is none. */
export function pitchOf(samples: Float64Array, { start, end }: Span, rate: number): number | undefined {
  const [frame, hop] = [Math.round(FRAME_SECONDS * rate), Math.round(HOP_SECONDS * rate)];
  const found: number[] = [];
  for (let from = Math.max(0, start); from + frame <= Math.min(end, samples.length); from += hop) {
    const lag = periodOf(samples.subarray(from, from + frame), rate);
    if (lag !== undefined) found.push(rate / lag);
  }
  return found.sort((a, b) => a - b)[found.length >> 1];
}

function periodOf(frame: Float64Array, rate: number): number | undefined {
  const power = frame.reduce((sum, sample) => sum + sample * sample, 0);
  if (power / frame.length < 1e-4) return undefined;
  const shortest = Math.round(rate / HIGHEST);
  const longest = Math.min(Math.round(rate / LOWEST), frame.length - 1);
  const alike = Array.from({ length: longest + 1 }, (_, lag) =>
    lag < shortest ? 0 : correlation(frame, lag),
  );
  const most = Math.max(...alike);
  if (most < ALIKE) return undefined;
  // A multiple of the period is as alike: the first peak that is nearly the highest.
  const isPeak = (lag: number): boolean =>
    (alike[lag] ?? 0) >= (alike[lag - 1] ?? 0) && (alike[lag] ?? 0) >= (alike[lag + 1] ?? 0);
  const found = alike.findIndex((each, lag) => each >= most * NEARLY && isPeak(lag));
  return found < 0 ? undefined : found;
}

/** Of a frame with itself `lag` samples later, -1..1. */
function correlation(frame: Float64Array, lag: number): number {
  let [both, early, late] = [0, 0, 0];
  for (let at = lag; at < frame.length; at++) {
    const [a, b] = [frame[at - lag] ?? 0, frame[at] ?? 0];
    both += a * b;
    early += a * a;
    late += b * b;
  }
  return both / Math.sqrt(early * late || 1);
}

/** Of speech before and after a cut. */
const SIDE_SECONDS = 0.3;

/** How far the pitch jumps over a cut, in semitones; undefined where one side has no voiced sound. */
export function pitchJump(
  samples: Float64Array,
  before: Span,
  after: Span,
  rate: number,
): number | undefined {
  const side = Math.round(SIDE_SECONDS * rate);
  const left = pitchOf(samples, { start: before.end - side, end: before.end }, rate);
  const right = pitchOf(samples, { start: after.start, end: after.start + side }, rate);
  return left === undefined || right === undefined ? undefined : 12 * Math.abs(Math.log2(right / left));
}
