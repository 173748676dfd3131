import { erf } from './arithmetic.ts';
import type { Operator } from './operator.ts';
import { expectInput, integerOf } from './value.ts';

/** Each column less its mean, over its deviation, times a gain of each channel and an offset: row by row, as memory lies. */
const normalize: Operator = ([input, gains, offsets, epsilon], _, room) => {
  const { dims, data } = expectInput(input);
  const [, channels = 0, columns = 0] = dims;
  const [gain, offset] = [expectInput(gains).data, expectInput(offsets).data];
  if (dims.length !== 3 || dims[0] !== 1 || gain.length !== channels || offset.length !== channels)
    throw new RangeError('It normalises something else.');
  const means = new Float64Array(columns);
  const factors = new Float64Array(columns);
  for (let row = 0; row < channels; row++)
    for (let column = 0, at = row * columns; column < columns; column++, at++) means[column]! += data[at]!;
  for (let column = 0; column < columns; column++) means[column]! /= channels;
  for (let row = 0; row < channels; row++)
    for (let column = 0, at = row * columns; column < columns; column++, at++)
      factors[column]! += (data[at]! - means[column]!) ** 2;
  const added = integerOf(epsilon);
  for (let column = 0; column < columns; column++)
    factors[column] = 1 / Math.sqrt(factors[column]! / channels + added);
  const made = room.floats(dims);
  const out = made.data;
  for (let row = 0; row < channels; row++) {
    const [scale, shift] = [gain[row]!, offset[row]!];
    for (let column = 0, at = row * columns; column < columns; column++, at++)
      out[at] = (data[at]! - means[column]!) * factors[column]! * scale + shift;
  }
  return [made];
};

const gelu: Operator = ([input], _, room) => {
  const { dims, data } = expectInput(input);
  const made = room.floats(dims);
  const out = made.data;
  for (let at = 0; at < out.length; at++) {
    const x = data[at]!;
    out[at] = 0.5 * x * (1 + erf(x * Math.SQRT1_2));
  }
  return [made];
};

/** What `fuse` makes of groups of nodes. */
export const fused: Readonly<Record<string, Operator>> = { ChannelNormalization: normalize, Gelu: gelu };
