import { TrieRouter } from 'hono/router/trie-router';

/** Finds what belongs to a path. Patterns are those of routes (`/model/*` is `/model` and all below it); the first that fits wins. */
export function createPathTable<T>(
  entries: Iterable<readonly [pattern: string, value: T]>,
): (path: string) => T | undefined {
  const table = new TrieRouter<T>();
  for (const [pattern, value] of entries) table.add('ALL', pattern, value);
  return (path) => table.match('ALL', path)[0][0]?.[0];
}
