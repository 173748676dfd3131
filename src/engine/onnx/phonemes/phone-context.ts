import type { Sound } from './match.ts';

export type Dialect = 'en-US' | 'en-GB';

export const isVowel = (sound: Sound | undefined): boolean => sound !== undefined && sound.stress >= 0;

/** A word being written: its spelling, its sounds, and where the writer stands. */
export interface PhoneContext {
  readonly dialect: Dialect;
  readonly letters: string;
  readonly sounds: readonly Sound[];
  readonly index: number;
  readonly sound: Sound;
  readonly before: Sound | undefined;
  readonly after: Sound | undefined;
  /** The letter the sound is spelled with, and the spelling after it. */
  readonly letter: string;
  readonly rest: string;
}

export function phoneContextAt(
  letters: string,
  sounds: readonly Sound[],
  index: number,
  dialect: Dialect,
): PhoneContext {
  const sound = sounds[index]!;
  const letter = letters[sound.at] ?? '';
  const rest = sound.at < 0 ? '' : letters.slice(sound.at + 1);
  return {
    dialect,
    letters,
    sounds,
    index,
    sound,
    before: sounds[index - 1],
    after: sounds[index + 1],
    letter,
    rest,
  };
}
