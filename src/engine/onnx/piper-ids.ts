import type { Piece } from './pieces.ts';
import type { PlacedIds, Symbols } from './tokens.ts';

/** Piper's marks around an utterance and between its phonemes (rhasspy/piper, phoneme_ids). */
const PAD_ID = 0;
const BEGIN_ID = 1;
const END_ID = 2;

/** A part of an utterance as its model reads it. The marks at its ends have place -1. */
export interface FramedPiece extends PlacedIds {
  /** Index in the phonemes at which it begins. */
  readonly at: number;
}

/** A character with the accents on it: decomposing goes no further. */
const accented = /\P{M}?\p{M}*/gu;

/** `^ _ p _ p _ $` on canonically decomposed text; nothing when the model knows none of the symbols. A pad belongs to the phoneme before. */
export function frameIds({ text, at }: Piece, symbols: Symbols): FramedPiece {
  const ids: number[] = [BEGIN_ID, PAD_ID];
  const places: number[] = [-1, -1];
  for (const { 0: character, index } of text.matchAll(accented)) {
    for (const part of character.normalize('NFD')) {
      for (const id of symbols.get(part) ? [...(symbols.get(part) ?? []), PAD_ID] : []) {
        ids.push(id);
        places.push(at + index);
      }
    }
  }
  if (ids.length === 2) return { ids: [], places: [], at };
  return { ids: [...ids, END_ID], places: [...places, -1], at };
}
