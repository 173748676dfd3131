import { parseMix } from '../../../core/voice-mix.ts';
import measured from './loudness.json' with { type: 'json' };

/**
 * LUFS (ITU-R BS.1770) of every voice: the target of EBU R 128. It is also nearly the mean of the voices, so that speech is changed as
 * little as may be: at -16, as podcasts have it, joe's peaks would be 7 dB beyond full scale.
 */
export const TARGET_LUFS = -23;

/** Factors are multiples of 2^-10 (0.01 dB): powers of ten round differently from runtime to runtime. */
const STEPS = 1024;
/** In dB. A voice that is farther off was measured wrongly. */
const MAX_GAIN = 12;

/** What `npm run measure:loudness` heard of each voice of the manifest, by pack. */
const loudness: Readonly<Record<string, Readonly<Record<string, number>>>> = measured;

/**
 * The factor that brings a voice, or a mix of voices, to the common loudness; that of a mix is the mean of its voices' in decibels.
 * 1 for a voice that nobody has measured.
 * @param added LUFS of a pack that a user added
 */
export function gainOf(pack: string, voice: string, added?: number): number {
  const parts = parseMix(voice) ?? [{ voice, weight: 1 }];
  const sum = parts.reduce((total, { weight }) => total + weight, 0);
  const decibels = parts.reduce((total, part) => {
    const heard = loudness[pack]?.[part.voice] ?? added ?? TARGET_LUFS;
    return total + ((TARGET_LUFS - heard) * part.weight) / sum;
  }, 0);
  const bounded = Math.max(-MAX_GAIN, Math.min(MAX_GAIN, decibels));
  return Math.round(10 ** (bounded / 20) * STEPS) / STEPS;
}

/** Another one where a voice of the pack, or a mix, is louder or softer than before: part of the key of kept speech. */
export function levelsRevision(pack: string, added?: number): string {
  const text = JSON.stringify([TARGET_LUFS, loudness[pack] ?? added ?? {}]);
  let hash = 0x811c9dc5; // FNV-1a
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (hash >>> 0).toString(36);
}
