import { wasmLoader } from '../../src/adapters/local/wasm.ts';
import { createResampler } from '../../src/audio/dsp/resample.ts';
import { joinBytes } from '../../src/core/bytes.ts';

import { LISTENING_RATE, type Listener } from '../../src/core/conversation.ts';
import { joe, open, readAll, realEngine, say } from '../engine/onnx/onnx-support.ts';

/** Sentences as a microphone hears them, by the embedded voice: s16le at the rate that listeners hear. */
export async function recordSpeech(sentences: readonly string[]): Promise<Uint8Array[]> {
  const engine = realEngine({ voice: joe });
  const module = await wasmLoader()('resample');
  const recorded: Uint8Array[] = [];
  for (const sentence of sentences) {
    const { body, rate } = await open(engine, say(sentence));
    const resampler = createResampler(rate, LISTENING_RATE, 1, module);
    recorded.push(joinBytes([resampler.push(await readAll(body)), resampler.end()]));
    resampler.close();
  }
  await engine.close?.();
  return recorded;
}

/** A quiet room. */
export function room(seconds: number): Uint8Array {
  const samples = new Int16Array(Math.round(seconds * LISTENING_RATE));
  for (let i = 0; i < samples.length; i++) samples[i] = ((i * 7919) % 31) - 15;
  return new Uint8Array(samples.buffer);
}

const PIECE = (LISTENING_RATE * 2) / 50;

/** Pushes audio in pieces of 20 ms, `speed` times as fast as it was spoken. */
export async function speakInto(
  listener: Pick<Listener, 'push'>,
  audio: Uint8Array,
  speed = 1,
): Promise<void> {
  const began = performance.now();
  for (let at = 0; at < audio.length; at += PIECE) {
    listener.push(audio.subarray(at, at + PIECE));
    const due = began + (20 * (at / PIECE + 1)) / speed;
    const wait = due - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
  }
}
