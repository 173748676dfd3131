import { integer } from '../kernels/graph.ts';
import type { Operator } from './operator.ts';
import type { Products } from './products.ts';
import { axisOf, expectInput, integerOf, isFloats } from './value.ts';

/** What `fuse` makes of groups of nodes, and shares: each is one pass of the kernels. */
export function openFused(products: Products): Readonly<Record<string, Operator>> {
  return {
    /** Each column less its mean, over its deviation, times a gain of each channel and an offset. */
    ChannelNormalization([input, gains, offsets, epsilon], _, room) {
      const x = expectInput(input);
      const [, channels = 0] = x.dims;
      const [gain, offset] = [expectInput(gains), expectInput(offsets)];
      const areOfChannels = x.dims.length === 3 && x.dims[0] === 1 && isFloats(gain) && isFloats(offset);
      if (!areOfChannels || !isFloats(x) || gain.data.length !== channels || offset.data.length !== channels)
        throw new RangeError('It normalises something else.');
      return [products.normalize(x, gain, offset, integerOf(epsilon), room)];
    },
    Gelu([input], _, room) {
      const x = expectInput(input);
      if (!isFloats(x)) throw new RangeError('A GELU is of no floats.');
      return [products.gelu(x, room)];
    },
    Softmax([input], node, room) {
      const x = expectInput(input);
      if (!isFloats(x) || axisOf(integer(node, 'axis', -1), x.dims.length) !== x.dims.length - 1)
        throw new RangeError('A softmax is along another axis than the last.');
      return [products.softmax(x, room)];
    },
  };
}
