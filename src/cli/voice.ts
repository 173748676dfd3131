import { findPack } from '../engine/onnx/packs/manifest.ts';
import { type EnsuredVoice, ensureDefaultVoice, readyVoice } from './models/pull.ts';

/**
 * The voice to speak with when a request names none, fetched if it is not there yet. Says what it does on stderr; Ctrl-C
 * stops a download cleanly.
 */
export async function ensureVoice(dataDir: string, wanted: string): Promise<string> {
  const ready = await readyVoice(wanted || undefined, dataDir);
  const { pack, replaced } = ready ?? (await fetchVoice(dataDir, wanted));
  if (replaced)
    process.stderr.write(
      `The voice ${replaced.wanted} cannot be had (${replaced.why}); ${pack.id} takes its place.\n`,
    );
  const voices = (pack.added ?? findPack(pack.id))?.voices ?? [];
  return voices.find((voice) => voice.id === wanted)?.id ?? voices[0]?.id ?? pack.id;
}

async function fetchVoice(dataDir: string, wanted: string): Promise<EnsuredVoice> {
  const { createProgress } = await import('./models/progress.ts');
  const interrupt = new AbortController();
  const stop = (): void => interrupt.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    return await ensureDefaultVoice(wanted || undefined, {
      dataDir,
      progress: createProgress(),
      signal: interrupt.signal,
    });
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}
