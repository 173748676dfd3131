import { energyUpTo, product } from '../../audio/signals.ts';

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

/** The pitch in Hz at each place of a text that was read; undefined where it is not voiced. */
export type PitchTrack = readonly (number | undefined)[];

export function pitchTrack(samples: Int16Array, rate: number): PitchTrack {
  const size = Math.round(frameSeconds * rate);
  const reach = size + Math.ceil(rate / lowest) + 1;
  const energy = energyUpTo(samples);
  return Array.from({ length: places }, (_, place) => {
    const at = Math.floor((place / places) * (samples.length - reach));
    return pitchAt(samples, energy, at, size, rate);
  });
}

/**
 * How much higher the changed reading is than the normal one: the median over the places where both are voiced. Place by
 * place, because which places count as voiced depends on the speed.
 */
export function pitchRatio(normal: PitchTrack, changed: PitchTrack): number {
  const ratios = normal.flatMap((before, place) => {
    const after = changed[place];
    return before === undefined || after === undefined ? [] : [after / before];
  });
  ratios.sort((a, b) => a - b);
  return ratios.length > fewest ? (ratios[ratios.length >> 1] ?? 0) : 0;
}

function pitchAt(
  samples: Int16Array,
  energy: Float64Array,
  at: number,
  size: number,
  rate: number,
): number | undefined {
  const power = (from: number): number => (energy[from + size] ?? 0) - (energy[from] ?? 0);
  if (Math.sqrt(power(at) / size) < audible) return undefined;
  const shortest = Math.floor(rate / highest);
  const longest = Math.ceil(rate / lowest);
  const score = (lag: number): number =>
    product(samples, at, at + lag, size) / Math.sqrt(power(at) * power(at + lag));
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
