import type { SpokenWord } from '../../core/engine.ts';
import type { PlacedWord } from './pronounce.ts';

/** A piece of an utterance as its model speaks it. */
interface TimedPiece {
  /** Of each symbol its index in the utterance's phonemes, rising; -1 for one that says none of them. */
  readonly places: readonly number[];
  /** How many frames each symbol lasts. */
  readonly framesOf: readonly number[];
  /** Index in the phonemes at which the next piece begins; infinite for the last one. */
  readonly until: number;
}

/** Says when words are heard, from how long each symbol of their sounds lasts. */
export class WordTimer {
  readonly #words: readonly PlacedWord[];
  /** How many of them were told, or have no sound. */
  #told = 0;
  /** Frames of the pieces before. */
  #frames = 0;
  /** Where the first word that was not told begins and ends, in frames, as far as it was heard. */
  #heard: { start: number; end: number } | undefined;

  constructor(words: readonly PlacedWord[]) {
    this.#words = words;
  }

  /** The words that end in the next piece, in frames from the utterance's begin. */
  time({ places, framesOf, until }: TimedPiece): SpokenWord[] {
    const told: SpokenWord[] = [];
    const tell = (end: number): void => {
      for (let word = this.#words[this.#told]; word && word.to <= end; word = this.#words[this.#told]) {
        if (this.#heard) told.push({ index: word.index, ...this.#heard });
        this.#heard = undefined;
        this.#told += 1;
      }
    };
    for (const [symbol, place] of places.entries()) {
      const start = this.#frames;
      this.#frames += framesOf[symbol] ?? 0;
      if (place < 0) continue;
      tell(place);
      const word = this.#words[this.#told];
      if (!word || place < word.from) continue;
      this.#heard = { start: this.#heard?.start ?? start, end: this.#frames };
    }
    tell(until);
    return told;
  }
}

/** Words in frames of `hop` samples, in samples; `lead` frames earlier. */
export function inSamples(words: readonly SpokenWord[], hop: number, lead = 0): SpokenWord[] {
  const sample = (frame: number): number => Math.max(0, frame - lead) * hop;
  return words.map(({ index, start, end }) => ({ index, start: sample(start), end: sample(end) }));
}
