/** A man's or a woman's voice, in Hz. */
const lowest = 75;
const highest = 350;
/** One and a half periods of the lowest voice: short, because fast speech changes quickly. */
const frameSeconds = 1.5 / lowest;
/** Correlation with itself one period later, from which on a frame counts as voiced. */
const voiced = 0.7;
/** Root mean square of s16le samples, below which a frame is a pause. */
const audible = 300;

/** Places of a text that are compared. */
const places = 600;
/** Fewer places that are voiced in both say nothing. */
const fewest = 30;

/** Two readings of the same text, both at `rate`. */
interface Readings {
  readonly normal: Int16Array;
  readonly changed: Int16Array;
  readonly rate: number;
}

/**
 * How much higher the changed reading is than the normal one: the median over the places where both are voiced. Place by
 * place, because which places count as voiced depends on the speed.
 */
export function pitchRatio({ normal, changed, rate }: Readings): number {
  const size = Math.round(frameSeconds * rate);
  const reach = size + Math.ceil(rate / lowest) + 1;
  const ratios: number[] = [];
  for (let place = 0; place < places; place++) {
    const [before, after] = [normal, changed].map((samples) =>
      pitchAt(samples, Math.floor((place / places) * (samples.length - reach)), size, rate),
    );
    if (before !== undefined && after !== undefined) ratios.push(after / before);
  }
  ratios.sort((a, b) => a - b);
  return ratios.length > fewest ? (ratios[ratios.length >> 1] ?? 0) : 0;
}

function pitchAt(samples: Int16Array, at: number, size: number, rate: number): number | undefined {
  if (Math.sqrt(product(samples, at, at, size) / size) < audible) return undefined;
  const shortest = Math.floor(rate / highest);
  const longest = Math.ceil(rate / lowest);
  const score = (lag: number): number =>
    product(samples, at, at + lag, size) /
    Math.sqrt(product(samples, at, at, size) * product(samples, at + lag, at + lag, size));
  const scores = Array.from({ length: longest - shortest + 3 }, (_, index) => score(shortest - 1 + index));
  const best = Math.max(...scores.slice(1, -1));
  if (best < voiced) return undefined;
  // The first of several equal peaks: the later ones are two and more periods away.
  const peak = scores.findIndex(
    (each, index) =>
      each > 0.95 * best && each >= (scores[index - 1] ?? 1) && each >= (scores[index + 1] ?? 1),
  );
  const [left = 0, middle = 0, right = 0] = scores.slice(peak - 1, peak + 2);
  if (peak < 1) return undefined;
  return rate / (shortest - 1 + peak + (left - right) / (2 * (left - 2 * middle + right)));
}

function product(samples: Int16Array, one: number, two: number, size: number): number {
  let sum = 0;
  for (let index = 0; index < size; index++) sum += (samples[one + index] ?? 0) * (samples[two + index] ?? 0);
  return sum;
}
