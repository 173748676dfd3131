import {
  atMost,
  bodyLimits,
  MAX_FEW_FIELDS,
  MAX_OTHER_FIELDS,
  MAX_TRANSCRIPT,
  textBytes,
} from '../../http/body-limits.ts';
import type { Limits } from '../../http/options.ts';
import { MAX_TOKEN_BODY } from './token-fields.ts';

const BASE64_GROWTH = 4 / 3;

/** Largest body of each kind of request in bytes: what its fields need, and never more than `limits.max_body`. */
export interface FishBodyLimits {
  /** `/v1/tts`, and the first message of a socket. */
  readonly tts: number;
  readonly addReference: number;
  /** Tokens of audio. */
  readonly decode: number;
}

export function fishBodyLimits(limits: Limits): FishBodyLimits {
  const reference = limits.maxReferenceBytes * BASE64_GROWTH + textBytes(MAX_TRANSCRIPT) + MAX_FEW_FIELDS;
  return {
    tts: atMost(limits, bodyLimits(limits).text + limits.maxReferences * reference),
    addReference: atMost(limits, reference + MAX_OTHER_FIELDS),
    decode: atMost(limits, MAX_TOKEN_BODY),
  };
}
