export type LoadKind = 'flood' | 'crowd' | 'idle' | 'slow' | 'short';

interface Load {
  /** What the text that asks for it begins with. */
  readonly text: string;
  readonly pieces: number;
  readonly pieceBytes: number;
  /** Between the starts of two pieces; 0 is as fast as the reader takes them. */
  readonly gapMs: number;
}

/** What load-origin.ts sends. The pieces are whole frames of 16-bit mono. */
export const loads: Readonly<Record<LoadKind, Load>> = {
  flood: { text: 'A flood of it', pieces: 1000, pieceBytes: 64_000, gapMs: 0 },
  crowd: { text: 'One of a crowd', pieces: 100, pieceBytes: 4096, gapMs: 20 },
  idle: { text: 'One that is idle', pieces: 2, pieceBytes: 4096, gapMs: 60_000 },
  slow: { text: 'A slow one', pieces: 1000, pieceBytes: 2048, gapMs: 10_000 },
  short: { text: 'A word', pieces: 1, pieceBytes: 4096, gapMs: 0 },
};

let asked = 0;

/** A request for it: to fish-edge, or to the origin itself. No two are alike, as those would share one source. */
export function bodyFor(kind: LoadKind): object {
  asked += 1;
  return { text: `${loads[kind].text} ${asked}.`, streaming: true, format: 'wav' };
}

export function bytesOf(kind: LoadKind): number {
  return loads[kind].pieces * loads[kind].pieceBytes;
}
