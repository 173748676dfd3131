import { findPack } from '../engine/onnx/packs/manifest.ts';
import { createProgress } from './models/progress.ts';
import { ensureDefaultVoice } from './models/pull.ts';

/**
 * The voice to speak with when a request names none, fetched if it is not there yet. Says what it does on stderr; Ctrl-C
 * stops a download cleanly.
 */
export async function ensureVoice(dataDir: string, wanted: string): Promise<string> {
  const interrupt = new AbortController();
  const stop = (): void => interrupt.abort();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const progress = createProgress();
  try {
    const { pack, replaced } = await ensureDefaultVoice(wanted || undefined, {
      dataDir,
      progress,
      signal: interrupt.signal,
    });
    if (replaced)
      progress.say(
        `The voice ${replaced.wanted} cannot be had (${replaced.why}); ${pack.id} takes its place.`,
      );
    const voices = (pack.added ?? findPack(pack.id))?.voices ?? [];
    return voices.find((voice) => voice.id === wanted)?.id ?? voices[0]?.id ?? pack.id;
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}
