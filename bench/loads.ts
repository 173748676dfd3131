export type LoadKind = 'flood' | 'crowd' | 'short';

interface Load {
  /** The text that asks for it. */
  readonly text: string;
  readonly pieces: number;
  readonly pieceBytes: number;
  /** Between the starts of two pieces; 0 is as fast as the reader takes them. */
  readonly gapMs: number;
}

/** What load-origin.ts sends. The pieces are whole frames of 16-bit mono. */
export const loads: Readonly<Record<LoadKind, Load>> = {
  flood: { text: 'A flood of it.', pieces: 1000, pieceBytes: 64_000, gapMs: 0 },
  crowd: { text: 'One of a crowd.', pieces: 100, pieceBytes: 4096, gapMs: 20 },
  short: { text: 'A word.', pieces: 1, pieceBytes: 4096, gapMs: 0 },
};

/** The request for it: to fish-edge, or to the origin itself. */
export function bodyFor(kind: LoadKind): object {
  return { text: loads[kind].text, streaming: true, format: 'wav' };
}

export function bytesOf(kind: LoadKind): number {
  return loads[kind].pieces * loads[kind].pieceBytes;
}
