import type { PackState } from '../../../core/engine.ts';
import { SpeechFailure } from '../../../core/errors.ts';
import type { InstalledPack } from '../../../core/ports.ts';
import { openaiVoices, resolveVoice, type Voice } from '../../../core/voices.ts';
import type { PackToLoad } from '../protocol.ts';
import { findPack } from './manifest.ts';

/** A voice that can be spoken with now. */
export interface InstalledVoice {
  readonly voice: Voice;
  readonly pack: PackToLoad;
  /** Sample rate in Hz. */
  readonly rate: number;
  /** LUFS of its pack, where a user added that. */
  readonly loudness?: number | undefined;
}

type CatalogPack = Pick<PackState, 'id' | 'languages' | 'license'>;

/** The voices of the installed packs, the default one's first. */
export class Catalog {
  readonly #entries: readonly InstalledVoice[];

  /**
   * @param preferred id of the default voice or of its pack; empty takes the first voice of the first pack
   * @throws SpeechFailure `engine_unavailable` when the preferred voice is not installed
   */
  constructor(installed: readonly InstalledPack[], preferred: string, espeak: boolean) {
    const entries = installed.flatMap((pack) => voicesOf(pack, espeak));
    const first = preferred === '' ? entries[0] : entries.find((entry) => isNamed(entry, preferred));
    if (!first && preferred !== '') {
      throw new SpeechFailure({
        code: 'engine_unavailable',
        message: `The default voice ${preferred} is not installed.`,
      });
    }
    const others = entries.filter((entry) => entry !== first).map((entry) => ownNamesOf(entry, first));
    this.#entries = first ? [first, ...others] : [];
  }

  get entries(): readonly InstalledVoice[] {
    return this.#entries;
  }

  get voices(): readonly Voice[] {
    return this.#entries.map(({ voice }) => voice);
  }

  /** The installed packs that speak, the default one first. */
  get packs(): readonly CatalogPack[] {
    const byPack = Map.groupBy(this.#entries, ({ pack }) => pack.id);
    return [...byPack].map(([id, entries]) => ({
      id,
      languages: [...new Set(entries.map(({ voice }) => voice.language))],
      license: entries[0]?.voice.license,
    }));
  }

  /** @throws SpeechFailure `voice_not_found`, or `engine_unavailable` when no voice is installed */
  find(asked: string | undefined): InstalledVoice {
    const voice = resolveVoice(asked, this.voices);
    const entry =
      this.#entries.find((candidate) => candidate.voice === voice) ??
      this.#entries.find(
        (candidate) => candidate.voice.mixesIn === voice.mixesIn && voice.mixesIn !== undefined,
      );
    if (!entry) throw new SpeechFailure({ code: 'voice_not_found', voice: voice.id });
    return { ...entry, voice };
  }
}

function voicesOf(installed: InstalledPack, espeak: boolean): InstalledVoice[] {
  const known = installed.added ?? findPack(installed.id);
  if (!known || known.family === 'moonshine' || known.family === 'silero') return [];
  const pack: PackToLoad = { id: installed.id, family: known.family, files: installed.files };
  const bytes = known.files.reduce((sum, file) => sum + file.bytes, 0);
  const facts = { id: installed.id, family: known.family, bytes };
  return known.voices
    .filter(({ id }) => espeak || !known.needsEspeak.includes(id))
    .map((voice) => ({
      voice: { ...voice, license: known.license.spdx, pack: facts, revision: installed.revision },
      pack,
      rate: known.rate,
      loudness: installed.added?.loudness,
    }));
}

/**
 * OpenAI's names leave the voice to the server. They mean namesakes in the pack of the default voice alone: another pack may be one
 * that this machine is too slow for.
 */
function ownNamesOf(entry: InstalledVoice, first: InstalledVoice | undefined): InstalledVoice {
  if (entry.pack.id === first?.pack.id) return entry;
  const aliases = entry.voice.aliases.filter((alias) => !openaiVoices.includes(alias));
  return { ...entry, voice: { ...entry.voice, aliases } };
}

function isNamed({ voice, pack }: InstalledVoice, name: string): boolean {
  return voice.id === name || pack.id === name || voice.aliases.includes(name);
}
