import type { Sound } from './match.ts';

/**
 * The letter model knows which vowels are stressed, not which is the strongest. In the dictionary that is the last
 * stressed vowel, unless it is in the last syllable: then the one before ("celebrate", "telephone").
 */
export function markPrimary(sounds: readonly Sound[]): Sound[] {
  const vowels = sounds.filter((sound) => sound.stress >= 0);
  const stressed = vowels.filter((sound) => sound.stress > 0);
  if (vowels.length === 0) return [...sounds];
  const last = stressed.at(-1);
  const primary = last === vowels.at(-1) && stressed.length > 1 ? stressed.at(-2) : (last ?? vowels[0]);
  return sounds.map((sound) => {
    if (sound === primary) return { ...sound, stress: 1 };
    return sound.stress > 0 ? { ...sound, stress: 2 } : sound;
  });
}
