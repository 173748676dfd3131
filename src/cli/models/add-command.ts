import type { AddedVoice, VoiceToAdd } from './add.ts';
import { describe, PackFailure } from './failure.ts';
import { createProgress } from './progress.ts';

const espeak = '@echogarden/espeak-ng-emscripten';
/** Voices that are named, of a model with hundreds. */
const SHOWN = 5;

/** Adds a voice of the user's own. Ends with the exit code: 1 where it was refused. */
export async function runAdd(asked: VoiceToAdd, dataDir: string, signal: AbortSignal): Promise<number> {
  const { addVoice } = await import('./add.ts');
  try {
    const added = await addVoice(asked, { dataDir, signal, progress: createProgress() });
    console.error(tellOf(added).join('\n'));
    return 0;
  } catch (error) {
    console.error(error instanceof PackFailure ? error.message : describe(error));
    return 1;
  }
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
