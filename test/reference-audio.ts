import { tone, wavFile } from './fake-origin/tone.ts';

/** A voice sample: a WAV file of a tone, as short as one may be. */
export function referenceAudio(seconds = 0.35): Uint8Array<ArrayBuffer> {
  return new Uint8Array(wavFile(tone(seconds), 'exact'));
}
