import { createEmbeddedRecognizer } from '#recognizer';
import type { Ports } from '../core/ports.ts';
import type { Transcription } from './recognizer.ts';
import { createUpstreamRecognizer, type UpstreamOptions } from './upstream.ts';

export interface TranscriptionOptions extends UpstreamOptions {
  /** `auto`: the upstream if it has an address, else the embedded recogniser where there can be one. */
  readonly engine: 'auto' | 'off' | 'moonshine' | 'upstream';
  readonly threads: number;
  readonly stepTimeoutMs: number;
  /** Whether programs may be run that decode what nothing here decodes. */
  readonly outside: boolean;
}

/** What listens; undefined when nothing does. */
export function buildTranscription(
  options: TranscriptionOptions,
  { fetch, clock, packs, spawnInference }: Pick<Ports, 'fetch' | 'clock' | 'packs' | 'spawnInference'>,
): Transcription | undefined {
  const { engine, url } = options;
  if (engine === 'upstream' || (engine === 'auto' && url !== '')) {
    return createUpstreamRecognizer(options, { fetch, clock });
  }
  if (engine === 'off' || !packs || !spawnInference) return undefined;
  return createEmbeddedRecognizer(options, { packs, spawnInference, clock });
}
