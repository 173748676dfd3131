import { signal } from '@preact/signals';
import { type Asked, speechFile } from '../api/speech.ts';
import { audioContext } from './context.ts';

/** What short piece of audio plays now: a voice's sample, a word. One at a time. */
export const playing = signal<string | undefined>(undefined);

let stopPlaying = (): void => {};

export function stopSample(): void {
  stopPlaying();
}

/** @param name what `playing` is called meanwhile @throws Failure, DOMException for what is no audio */
export async function playSample(name: string, load: (signal: AbortSignal) => Promise<Blob>): Promise<void> {
  stopPlaying();
  const context = audioContext();
  const leaving = new AbortController();
  let source: AudioBufferSourceNode | undefined;
  const stop = (): void => {
    leaving.abort();
    source?.stop();
    if (stopPlaying === stop) playing.value = undefined;
  };
  stopPlaying = stop;
  playing.value = name;
  try {
    const content = await load(leaving.signal);
    const buffer = await context.decodeAudioData(await content.arrayBuffer());
    if (leaving.signal.aborted) return;
    source = new AudioBufferSourceNode(context, { buffer });
    source.connect(context.destination);
    source.onended = stop;
    source.start();
  } catch (error) {
    if (leaving.signal.aborted) return; // somebody stopped it, or plays another one
    stop();
    throw error;
  }
}

export function playText(name: string, text: string, asked: Asked): Promise<void> {
  return playSample(name, (signal) => speechFile(text, asked, 'wav', signal));
}
