/** Where a phoneme string may be cut, best first: after a sentence, after a clause, between words. */
const cuts: readonly RegExp[] = [/[.!?…](?=\s)/gu, /[,;:—)](?=\s)/gu, /\s+/gu];

/** A cut that would leave less than this share of the room unused comes first. */
const LEAST_FILL = 0.5;

/**
 * Cuts phonemes into pieces of at most `limit` characters, so that one run of a model stays bounded whatever the text.
 * Segments are sentences by then: only a very long one is cut here. Nothing but the white space at a cut is lost.
 */
export function cutPieces(phonemes: string, limit: number): string[] {
  const pieces: string[] = [];
  let rest = phonemes.trim();
  while (rest.length > limit) {
    const at = findCut(rest.slice(0, limit + 1), limit);
    pieces.push(rest.slice(0, at).trimEnd());
    rest = rest.slice(at).trimStart();
  }
  if (rest.length > 0) pieces.push(rest);
  return pieces;
}

function findCut(room: string, limit: number): number {
  for (const cut of cuts) {
    const last = [...room.matchAll(cut)].map((match) => match.index + match[0].trimEnd().length).at(-1);
    if (last !== undefined && last >= limit * LEAST_FILL && last <= limit) return last;
  }
  const anySpace = room.lastIndexOf(' ');
  return anySpace > 0 ? anySpace : limit;
}
