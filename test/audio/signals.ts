import { type Channels, fromFloat32 } from '../../src/audio/pcm.ts';

/** Interleaved s16le from a function of time that gives -1..1; the second channel is the first at half its level. */
export function render(
  rate: number,
  channels: Channels,
  seconds: number,
  wave: (t: number) => number,
): Uint8Array {
  const frames = Math.round(rate * seconds);
  const samples = new Float32Array(frames * channels);
  for (let i = 0; i < samples.length; i++) {
    const value = wave(Math.floor(i / channels) / rate);
    samples[i] = i % channels === 0 ? value : value / 2;
  }
  return fromFloat32(samples);
}

export function sine(hertz: number): (t: number) => number {
  return (t) => 0.5 * Math.sin(2 * Math.PI * hertz * t);
}

/** A harmonic buzz, as the larynx makes it: 20 partials that fall off. */
export function buzz(hertz: number): (t: number) => number {
  return (t) => {
    let sum = 0;
    for (let k = 1; k <= 20; k++) sum += Math.sin(2 * Math.PI * hertz * k * t) / k;
    return 0.25 * sum;
  };
}

/**
 * The same bits on every runtime: a whole-number generator and IEEE additions and products, no `Math.sin`, whose last
 * digit differs between V8 and JavaScriptCore.
 */
export function goldenPcm(frames: number, channels: Channels): Uint8Array {
  const samples = new Float32Array(frames * channels);
  const turn = 1.995; // 2 cos(w): a tone near 0.011 of the sample rate
  let [last, before] = [0.03, 0];
  let noise = 20_240_229;
  for (let i = 0; i < samples.length; i++) {
    [last, before] = [turn * last - before, last];
    noise = (Math.imul(noise, 1_664_525) + 1_013_904_223) >>> 0;
    samples[i] = last + (noise / 2 ** 32 - 0.5) / 16;
  }
  return fromFloat32(samples);
}

/** Sums of squares from the start: whole numbers, so that the energy of a stretch is their exact difference. */
export function energyUpTo(samples: Int16Array): Float64Array {
  const sums = new Float64Array(samples.length + 1);
  for (let at = 0; at < samples.length; at++) sums[at + 1] = (sums[at] ?? 0) + (samples[at] ?? 0) ** 2;
  return sums;
}

/** Of `size` samples from `one` and as many from `other`, the sum of their products. */
export function product(samples: Int16Array, one: number, other: number, size: number): number {
  let sum = 0;
  for (let i = 0; i < size; i++) sum += (samples[one + i] ?? 0) * (samples[other + i] ?? 0);
  return sum;
}

/** The strongest period between 50 and 2000 Hz, by autocorrelation with parabolic interpolation, in Hz. */
export function pitchOf(samples: Int16Array, rate: number): number {
  const shortest = Math.floor(rate / 2000);
  const longest = Math.ceil(rate / 50);
  const span = Math.min(samples.length - longest - 1, rate);
  const energy = energyUpTo(samples);
  const power = (from: number): number => (energy[from + span] ?? 0) - (energy[from] ?? 0);
  const score = (lag: number): number => product(samples, 0, lag, span) / Math.sqrt(power(0) * power(lag));
  const scores = Array.from({ length: longest + 2 }, (_, lag) => (lag < shortest ? 0 : score(lag)));
  const highest = Math.max(...scores.slice(shortest, longest));
  const peak = scores.findIndex(
    (s, lag) =>
      lag > shortest && s > 0.97 * highest && s >= (scores[lag + 1] ?? 1) && s >= (scores[lag - 1] ?? 1),
  );
  const [left = 0, middle = 0, right = 0] = scores.slice(peak - 1, peak + 2);
  return rate / (peak + (left - right) / (2 * (left - 2 * middle + right)));
}
