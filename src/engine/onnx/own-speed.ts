import type { SpeakingFamily } from './protocol.ts';

interface SpeedRange {
  readonly slowest: number;
  readonly fastest: number;
}

/**
 * The speeds that a family speaks well by itself; beyond them its speech is stretched as PCM.
 *
 * Piper at 1.5, words misheard of the round trip's 46 sentences, mean of two seeds: 8.2 % by sonic alone, 7.5 % by the model
 * alone (one seed), 6.4 % by the model up to 1.22 and sonic for the rest, 4.8 % by the model up to 1.1; at speed 1 4.6 %.
 * Kokoro's own speed is not exact (7 % too long at 1.2, 3 % too short at 1.5), and slow speech of it takes minutes.
 */
const ownSpeeds: Readonly<Record<SpeakingFamily, SpeedRange>> = {
  piper: { slowest: 0.25, fastest: 1.1 },
  kokoro: { slowest: 1, fastest: 1 },
};

/** As much of `speed` as the model does. */
export function ownSpeed(family: SpeakingFamily, speed: number): number {
  const { slowest, fastest } = ownSpeeds[family];
  return Math.min(fastest, Math.max(slowest, speed));
}
