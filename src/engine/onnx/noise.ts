/** Rounds of the generator before its first number, so that every bit of it depends on the whole seed. */
const WARM_UP = 16;
const BITS = 2 ** 32;

/** The next `length` numbers. */
export type Noise = (length: number) => Float32Array<ArrayBuffer>;

/**
 * Normally distributed numbers (mean 0, deviation 1) that a seed decides: Box and Muller's method on sfc32 (Chris
 * Doty-Humphrey, PractRand). Any finite number is a seed; its whole part counts.
 */
export function createNoise(seed: number): Noise {
  const next = createUniform(seed);
  return (length) => {
    const out = new Float32Array(length);
    for (let at = 0; at < length; at += 2) {
      const radius = Math.sqrt(-2 * Math.log(1 - next())); // of 1 - [0, 1): never the logarithm of 0
      const angle = 2 * Math.PI * next();
      out[at] = radius * Math.cos(angle);
      if (at + 1 < length) out[at + 1] = radius * Math.sin(angle);
    }
    return out;
  };
}

/** Numbers from 0 up to 1, in steps of 2^-32. */
function createUniform(seed: number): () => number {
  const whole = Math.trunc(seed);
  let [a, b, c, count] = [whole | 0, Math.floor(whole / BITS) | 0, 0, 1];
  const next = (): number => {
    const sum = (((a + b) | 0) + count) | 0;
    count = (count + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / BITS;
  };
  for (let round = 0; round < WARM_UP; round++) next();
  return next;
}
