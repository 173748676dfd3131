import type { Limits } from '../../src/http/options.ts';

/** Of a server that is asked for little. */
export const limits: Limits = {
  maxTextLength: 0,
  maxInputLength: 4096,
  chunkLengthMax: 300,
  maxBody: 1e6,
  maxReferences: 2,
  maxReferenceBytes: 100,
  maxWholeAudio: 1e6,
};
