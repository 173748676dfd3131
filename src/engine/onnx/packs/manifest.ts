import type { Voice } from '../../../core/voices.ts';
import { kokoroPack } from './kokoro.ts';
import { moonshinePack } from './moonshine.ts';
import type { PackFile, Pin, VoicePack } from './pack.ts';
import { joePack } from './piper.ts';
import { sileroPack } from './silero.ts';

export const packs: readonly VoicePack[] = [joePack, kokoroPack, moonshinePack, sileroPack];

/** Fetched at the first start. */
export const defaultVoicePack = 'en_US-joe-medium';
/** Takes its place where the default's sources cannot be reached. */
export const fallbackVoicePack = 'kokoro-82m-v1.0';

/** The pack of that id, or the pack that holds the voice of that id or alias. */
export function findPack(id: string): VoicePack | undefined {
  const holding = (is: (voice: Voice) => boolean): VoicePack | undefined =>
    packs.find((pack) => pack.voices.some(is));
  return (
    packs.find((pack) => pack.id === id) ??
    holding((voice) => voice.id === id) ??
    holding((voice) => voice.aliases.includes(id))
  );
}

/** The pins that a file may have: the pack's own, and those of sources that serve it in other bytes. */
export function pinsOf(pack: VoicePack, file: PackFile): readonly Pin[] {
  const others = pack.sources.flatMap((source) => source.variants?.[file.name] ?? []);
  return [file, ...others];
}
