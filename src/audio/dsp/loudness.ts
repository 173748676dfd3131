/**
 * Loudness by ITU-R BS.1770-4, of one channel. The filters are those of its tables, whose constants for any sample rate are
 * B. De Man's ("Evaluation of Implementations of the EBU R128 Loudness Measurement", AES 2018).
 */

interface Biquad {
  readonly b: readonly [number, number, number];
  readonly a: readonly [number, number];
}

/** What the head does to the sound: 4 dB more above 1.7 kHz. */
function shelf(rate: number): Biquad {
  const [k, vh, q] = [
    Math.tan((Math.PI * 1681.974450955533) / rate),
    10 ** (3.999843853973347 / 20),
    0.7071752369554196,
  ];
  const vb = vh ** 0.4996667741545416;
  const a0 = 1 + k / q + k * k;
  return {
    b: [(vh + (vb * k) / q + k * k) / a0, (2 * (k * k - vh)) / a0, (vh - (vb * k) / q + k * k) / a0],
    a: [(2 * (k * k - 1)) / a0, (1 - k / q + k * k) / a0],
  };
}

/** A high pass at 38 Hz. */
function highPass(rate: number): Biquad {
  const [k, q] = [Math.tan((Math.PI * 38.13547087602444) / rate), 0.5003270373238773];
  const a0 = 1 + k / q + k * k;
  return { b: [1, -2, 1], a: [(2 * (k * k - 1)) / a0, (1 - k / q + k * k) / a0] };
}

function filtered(samples: ArrayLike<number>, { b, a }: Biquad): Float64Array {
  const out = new Float64Array(samples.length);
  let [x1, x2, y1, y2] = [0, 0, 0, 0];
  for (let at = 0; at < samples.length; at++) {
    const x = samples[at] ?? 0;
    const y = b[0] * x + b[1] * x1 + b[2] * x2 - a[0] * y1 - a[1] * y2;
    [x2, x1, y2, y1] = [x1, x, y1, y];
    out[at] = y;
  }
  return out;
}

const BLOCK_SECONDS = 0.4;
const STEP_SECONDS = 0.1;
/** Blocks below the first, and those that are so much below the mean of the others, do not count. */
const ABSOLUTE_GATE = -70;
const RELATIVE_GATE = -10;
const OFFSET = -0.691;

const toLufs = (power: number): number => OFFSET + 10 * Math.log10(power);

/** Integrated loudness in LUFS, of samples between -1 and 1; -Infinity for silence and for less than 0.4 s. */
export function loudnessOf(samples: ArrayLike<number>, rate: number): number {
  const heard = filtered(filtered(samples, shelf(rate)), highPass(rate));
  const powers = blockPowers(heard, Math.round(BLOCK_SECONDS * rate), Math.round(STEP_SECONDS * rate));
  const loud = powers.filter((power) => toLufs(power) > ABSOLUTE_GATE);
  const gate = toLufs(mean(loud)) + RELATIVE_GATE;
  return toLufs(mean(loud.filter((power) => toLufs(power) > gate)));
}

function blockPowers(samples: Float64Array, length: number, step: number): number[] {
  const powers: number[] = [];
  for (let from = 0; from + length <= samples.length; from += step) {
    powers.push(
      samples.subarray(from, from + length).reduce((sum, sample) => sum + sample * sample, 0) / length,
    );
  }
  return powers;
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
