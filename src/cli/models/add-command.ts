import { existsSync } from 'node:fs';
import type { AddedVoice, VoiceToAdd } from './add.ts';
import type { CataloguePlace } from './catalogue.ts';
import { describe, PackFailure } from './failure.ts';
import { createProgress } from './progress.ts';

const espeak = '@echogarden/espeak-ng-emscripten';
/** Voices that are named, of a model with hundreds. */
const SHOWN = 5;

/** What `models add` was given. */
export interface Addition extends Omit<VoiceToAdd, 'model'> {
  /** A file, or the name of a voice of the catalogue. */
  readonly given: string;
  readonly catalogue: CataloguePlace;
}

/** Adds a voice of the user's own, or one of the catalogue. Ends with the exit code: 1 where it was refused. */
export async function runAdd(
  { given, catalogue, ...about }: Addition,
  dataDir: string,
  signal: AbortSignal,
): Promise<number> {
  const options = { dataDir, signal, progress: createProgress() };
  try {
    const added = isFile(given)
      ? await (await import('./add.ts')).addVoice({ model: given, ...about }, options)
      : await (await import('./add-from-catalogue.ts')).addFromCatalogue(
          { name: given, ...about },
          catalogue,
          options,
        );
    console.error(tellOf(added).join('\n'));
    return 0;
  } catch (error) {
    console.error(error instanceof PackFailure ? error.message : describe(error));
    return 1;
  }
}

/** Names of the catalogue have neither a folder nor an ending. */
function isFile(given: string): boolean {
  return /[\\/]|\.onnx$/i.test(given) || existsSync(given);
}

function tellOf({ pack, speaks }: AddedVoice): string[] {
  const names = pack.voices.map(({ id }) => id);
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : '';
  const lines = [
    `${pack.id}: added; language ${pack.language}, ${pack.rate} Hz, licence ${pack.license.spdx}`,
    `Voices: ${names.slice(0, SHOWN).join(', ')}${more}. A server speaks with them from its next start on.`,
  ];
  if (!speaks)
    lines.push(
      `It was not tried: the phonemes of ${pack.language} come from the optional package ${espeak} (GPL-3.0), which is not installed.`,
    );
  return lines;
}
