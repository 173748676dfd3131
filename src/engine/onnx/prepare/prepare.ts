import type { PackFamily } from '../packs/pack.ts';
import { replaceCasts } from './casts.ts';
import { cutVoice } from './cut.ts';
import { decodeModel, encodeModel } from './model.ts';
import { quantizeConvolutions } from './quantize.ts';
import { originalRole } from './version.ts';

/**
 * The duration predictor stays float32: rounding it changes durations by up to 2 % (3 of 150 frames), and as int8 it
 * would be only 1.5 MB smaller.
 */
const durationPredictor = /^dp\./;

/**
 * The files that an engine opens besides the fetched ones, by role: for Piper `encoder`, `flow` and `decoder`, for
 * other families none. Raise `prepareVersion` when this makes other bytes.
 *
 * Throws when the original is not a graph of that family.
 */
export function prepareFiles(
  family: PackFamily,
  originals: Readonly<Record<string, Uint8Array>>,
): Readonly<Record<string, Uint8Array>> {
  const original = originals[originalRole];
  if (family !== 'piper' || !original) return {};
  const { encoder, flow, decoder } = cutVoice(replaceCasts(decodeModel(original)));
  return {
    encoder: encodeModel(quantizeConvolutions(encoder, durationPredictor)),
    flow: encodeModel(quantizeConvolutions(flow)),
    decoder: encodeModel(quantizeConvolutions(decoder)),
  };
}
