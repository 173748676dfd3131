/** Edits (substitutions, insertions, deletions) that turn `heard` into `spoken`, word by word. */
export function countEdits(spoken: readonly string[], heard: readonly string[]): number {
  let previous = Array.from({ length: heard.length + 1 }, (_, i) => i);
  for (const [row, word] of spoken.entries()) {
    const current = [row + 1];
    for (const [column, other] of heard.entries()) {
      const swapped = (previous[column] ?? 0) + (word === other ? 0 : 1);
      current.push(Math.min(swapped, (previous[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[heard.length] ?? 0;
}
