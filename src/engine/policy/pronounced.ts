import { withPronunciations } from '../../speech/pronounce.ts';
import type { Policy } from '../engine.ts';
import { withOpen } from './opening.ts';

/** Says words as they were taught. Inside of the segments, so that captions show what the client wrote. */
export const pronounced: Policy = (inner) =>
  withOpen(inner, (request, signal) => inner.open(withPronunciations(request), signal));
