import { withPronunciations } from '../../speech/pronounce.ts';
import type { Policy } from '../engine.ts';
import { withOpen } from './opening.ts';
import { openRespelt } from './word-times.ts';

/** Says words as they were taught. Inside of the segments, so that captions show what the client wrote. */
export const pronounced: Policy = (inner) =>
  withOpen(inner, (written, signal) => {
    const respell = (word: string): string => withPronunciations({ ...written, text: word }).text;
    return openRespelt(inner, { written, spoken: withPronunciations(written), respell }, signal);
  });
