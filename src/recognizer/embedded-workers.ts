import type { Transcription } from './recognizer.ts';

/** `imports` of package.json puts this in the place of `embedded.ts` on Workers, which hold no recogniser. */
export function createEmbeddedRecognizer(): Transcription | undefined {
  return undefined;
}
