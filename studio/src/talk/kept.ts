export interface Bubble {
  readonly id: string;
  /** Undefined: the user. */
  readonly name?: string | undefined;
  readonly text: string;
  /** Nobody says this: from here on another session answers, which knows nothing of what stands above. */
  readonly isBreak?: boolean;
}

const KEPT = 'fish-edge-talk';

/** What was said in this tab of the browser before the page was loaded again. */
export function keptBubbles(): readonly Bubble[] {
  try {
    const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? '[]') as unknown;
    return Array.isArray(kept) ? (kept as readonly Bubble[]) : [];
  } catch {
    return [];
  }
}

export function keepBubbles(bubbles: readonly Bubble[]): void {
  try {
    sessionStorage.setItem(
      KEPT,
      JSON.stringify(bubbles.filter(({ text, isBreak }) => text !== '' || isBreak)),
    );
  } catch {
    sessionStorage.removeItem(KEPT); // no room
  }
}
