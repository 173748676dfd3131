import type { Arrival } from './chat-socket.ts';

/** Bytes that a millisecond of audio takes: 24 kHz, s16le. */
const BYTES_A_MS = 48;
/** Shorter gaps are covered by the buffer of any audio device. */
const audibleMs = 20;

/** What somebody hears who plays from the first frame on. Times are milliseconds. */
export interface Played {
  readonly firstMs: number;
  /** How often all that had come was played, and no more was there. */
  readonly underruns: number;
  readonly silentMs: number;
  readonly audioMs: number;
}

/** @param askedMs when it was asked for, by the clock of the arrivals @throws where nothing was heard, or something went wrong */
export function play(arrivals: readonly Arrival[], askedMs: number): Played {
  if (arrivals.some(({ type }) => type === 'error')) throw new Error('an answer was not whole');
  const frames = arrivals.filter(({ type }) => type === 'binary');
  const [first] = frames;
  if (!first) throw new Error('nothing was heard');
  let [underruns, silentMs, audioMs] = [0, 0, 0];
  let playedUntil = first.atMs;
  for (const { atMs, bytes } of frames) {
    if (atMs - playedUntil > audibleMs) {
      underruns += 1;
      silentMs += atMs - playedUntil;
    }
    playedUntil = Math.max(playedUntil, atMs) + bytes / BYTES_A_MS;
    audioMs += bytes / BYTES_A_MS;
  }
  return { firstMs: first.atMs - askedMs, underruns, silentMs, audioMs };
}
