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
