import type { SpeechRequest } from '../../core/request.ts';
import type { SpeakingFamily } from './protocol.ts';

/** What a voice takes and gives, as it was measured lately. */
export interface SpeakingRate {
  /** Time of one worker over the length of the speech that it made in it: the real-time factor. */
  readonly factor: number;
  /** Milliseconds of speech for a character of text, at speed 1. */
  readonly msPerCharacter: number;
}

/** Until something was measured: no voice that speaks well is slower on one core of today, most are twice as fast. */
const FIRST_FACTOR = 0.5;
/** English: fifteen characters a second. */
const FIRST_MS_PER_CHARACTER = 65;
/** So much speech is remembered: the last ten sentences or so. */
const REMEMBERED_MS = 30_000;

/** A quotient of sums of which the older parts fade. */
class FadingQuotient {
  readonly #first: number;
  #above = 0;
  #below = 0;

  constructor(first: number) {
    this.#first = first;
  }

  /** @param keep 0..1: how much of what was before still counts */
  add(above: number, below: number, keep: number): void {
    this.#above = this.#above * keep + above;
    this.#below = this.#below * keep + below;
  }

  get value(): number {
    return this.#below > 0 ? this.#above / this.#below : this.#first;
  }
}

interface Measured {
  readonly factor: FadingQuotient;
  readonly msPerCharacter: FadingQuotient;
}

/** Speaking rates by voice pack. */
export class SpeakingRates {
  readonly #packs = new Map<string, Measured>();

  /** An inference step took `ms` and made `audioMs` of speech. */
  step(pack: string, ms: number, audioMs: number): void {
    this.#of(pack).factor.add(ms, audioMs, keepOf(audioMs));
  }

  /** A text of so many characters, at speed 1, lasted so long. */
  spoken(pack: string, characters: number, audioMs: number): void {
    this.#of(pack).msPerCharacter.add(audioMs, characters, keepOf(audioMs));
  }

  rate(pack: string): SpeakingRate {
    const { factor, msPerCharacter } = this.#of(pack);
    return { factor: factor.value, msPerCharacter: msPerCharacter.value };
  }

  #of(pack: string): Measured {
    const known = this.#packs.get(pack);
    if (known) return known;
    const fresh = {
      factor: new FadingQuotient(FIRST_FACTOR),
      msPerCharacter: new FadingQuotient(FIRST_MS_PER_CHARACTER),
    };
    this.#packs.set(pack, fresh);
    return fresh;
  }
}

function keepOf(audioMs: number): number {
  return Math.max(0, 1 - audioMs / REMEMBERED_MS);
}

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
 * Short texts are said at the model's own pace: see decision 56.
 */
const ownSpeeds: Readonly<Record<SpeakingFamily, SpeedRange>> = {
  piper: { slowest: 0.5, fastest: 1.1 },
  kokoro: { slowest: 1, fastest: 1 },
};

/** UTF-16 units: up to a second of speech, of which a sound more or less at its end is more than 3 %. */
const SHORT_TEXT = 20;

/** As much of `speed` as the model does of a text. */
export function ownSpeed(
  family: SpeakingFamily,
  { speed, text }: Pick<SpeechRequest, 'speed' | 'text'>,
): number {
  if (text.length <= SHORT_TEXT) return 1;
  const { slowest, fastest } = ownSpeeds[family];
  return Math.min(fastest, Math.max(slowest, speed));
}
