/** How long one request holds its slot, as it was measured lately. */
export interface Pace {
  /** @param characters of its text, where that is known */
  measure(ms: number, characters?: number): void;
  /** Milliseconds for a text of so many characters; of the mean one where they are not known. 0 while nothing was measured. */
  jobMs(characters?: number): number;
  /** Milliseconds until a request with `ahead` others before it has its first audio; 0 while nothing was measured. */
  expectedMs(ahead: number, slots: number): number;
}

/** Weight of the newest time in the running mean: the last ten or so count. */
const NEWEST_WEIGHT = 0.2;

export function createPace(): Pace {
  let meanMs: number | undefined;
  let meanCharacters: number | undefined;
  const blend = (mean: number | undefined, newest: number): number =>
    mean === undefined ? newest : mean + (newest - mean) * NEWEST_WEIGHT;
  return {
    measure(ms, characters) {
      meanMs = blend(meanMs, ms);
      if (characters) meanCharacters = blend(meanCharacters, characters);
    },
    jobMs(characters) {
      if (characters === undefined || !meanCharacters) return meanMs ?? 0;
      return ((meanMs ?? 0) * characters) / meanCharacters;
    },
    expectedMs: (ahead, slots) => (meanMs ?? 0) * (1 + Math.floor(ahead / Math.max(1, slots))),
  };
}
