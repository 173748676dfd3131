import { RATE } from '../api/speech.ts';

let shared: AudioContext | undefined;

/** One for all that the page plays, at the rate of what the server sends. To be called from a click: browsers want that. */
export function audioContext(): AudioContext {
  shared ??= new AudioContext({ sampleRate: RATE, latencyHint: 'interactive' });
  if (shared.state !== 'running') void shared.resume();
  return shared;
}
