import { wavHeader } from '../src/audio/wav.ts';
import { joinBytes } from '../src/core/bytes.ts';
import { tone, wavFile } from './fake-origin/tone.ts';

/** A voice sample: a WAV file of a tone, as short as one may be. */
export function referenceAudio(seconds = 0.35): Uint8Array<ArrayBuffer> {
  return new Uint8Array(wavFile(tone(seconds), 'exact'));
}

/** A recording that a voice can be made of: mono WAV of 16 bits. @param loudness of a tone, 1 is full scale */
export function recordingAudio({
  seconds = 11,
  rate = 16_000,
  loudness = 0.3,
  pitch = 220,
}: {
  readonly seconds?: number;
  readonly rate?: number;
  readonly loudness?: number;
  readonly pitch?: number;
} = {}): Uint8Array<ArrayBuffer> {
  const samples = Int16Array.from({ length: seconds * rate }, (_, i) => {
    const value = Math.round(Math.sin((2 * Math.PI * pitch * i) / rate) * loudness * 32_767);
    return Math.max(-32_768, Math.min(32_767, value));
  });
  const pcm = new Uint8Array(samples.buffer);
  return joinBytes([wavHeader({ rate, channels: 1, dataBytes: pcm.length }), pcm]);
}
