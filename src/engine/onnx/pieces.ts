/** Where a phoneme string may be cut, best first: after a sentence, after a clause, between words. */
const cuts: readonly RegExp[] = [/[.!?…](?=\s)/gu, /[,;:—)](?=\s)/gu, /\s+/gu];

/** A cut that would leave less than this share of the room unused comes first. */
const MIN_FILL = 0.5;

/** A part of phonemes that begins at index `at` of them. */
export interface Piece {
  readonly text: string;
  readonly at: number;
}

/**
 * Cuts phonemes into pieces of at most `limit` characters, so that one run of a model stays bounded whatever the text.
 * Segments are sentences by then: only a very long one is cut here. Nothing but the white space at a cut is lost.
 */
export function cutPieces(phonemes: string, limit: number): Piece[] {
  const pieces: Piece[] = [];
  const text = phonemes.trimEnd();
  const skipSpace = (from: number): number => text.length - text.slice(from).trimStart().length;
  for (let at = skipSpace(0); at < text.length; ) {
    const room = text.slice(at, at + limit + 1);
    const end = at + (room.length > limit ? findCut(room, limit) : room.length);
    pieces.push({ text: text.slice(at, end).trimEnd(), at });
    at = skipSpace(end);
  }
  return pieces;
}

function findCut(room: string, limit: number): number {
  for (const cut of cuts) {
    const last = [...room.matchAll(cut)].map((match) => match.index + match[0].trimEnd().length).at(-1);
    if (last !== undefined && last >= limit * MIN_FILL && last <= limit) return last;
  }
  const anySpace = room.lastIndexOf(' ');
  return anySpace > 0 ? anySpace : limit;
}
