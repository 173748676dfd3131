import { tone, wavFile } from './fake-origin/tone.ts';

/** A voice sample: a WAV file of a tone, as small as samples of a hundredth of a second are. */
export function referenceAudio(seconds = 0.01): Uint8Array<ArrayBuffer> {
  return new Uint8Array(wavFile(tone(seconds), 'exact'));
}
