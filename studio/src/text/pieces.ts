export interface Piece {
  /** Where it begins in the text, in code units. */
  readonly from: number;
  readonly text: string;
}

/** Where a text is best cut: after a paragraph, else a sentence, else a word. */
const breaks = [/\n\s*\n/g, /[.!?…。！？]["'”’»)\]]*\s/g, /\s/g];

/** Parts of at most `most` code units, each as long as it may be. Together they are the text. */
export function cutText(text: string, most: number): Piece[] {
  const pieces: Piece[] = [];
  for (let from = 0; from < text.length; ) {
    const end =
      from + most >= text.length ? text.length : from + lengthOfPiece(text.slice(from, from + most));
    const part = text.slice(from, end);
    if (/[\p{L}\p{N}]/u.test(part)) pieces.push({ from, text: part });
    from = end;
  }
  return pieces;
}

function lengthOfPiece(part: string): number {
  for (const pattern of breaks) {
    let last = 0;
    for (const match of part.matchAll(pattern)) last = match.index + match[0].length;
    if (last > part.length / 4) return last;
  }
  const isHalf = /[\uD800-\uDBFF]$/.test(part); // of a pair
  return part.length - (isHalf ? 1 : 0);
}
