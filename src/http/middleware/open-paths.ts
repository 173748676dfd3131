import type { MiddlewareHandler } from 'hono';
import { TrieRouter } from 'hono/router/trie-router';
import type { OpenPath } from '../../core/dialect.ts';
import type { HttpEnv } from '../env.ts';

/** Sets `openPath`, which several look at. A probe that asks for details is none. */
export function openPaths(
  dialects: readonly { readonly openPaths?: Readonly<Record<string, OpenPath>> | undefined }[],
  hasOpenMetrics = false,
): MiddlewareHandler<HttpEnv> {
  const find = createPathTable(dialects.flatMap((dialect) => Object.entries(dialect.openPaths ?? {})));
  return (c, next) => {
    const why = find(c.req.path);
    const isClosed =
      why === 'metrics' ? !hasOpenMetrics : isProbe(why) && c.req.query('detailed') !== undefined;
    c.set('openPath', isClosed ? undefined : why);
    return next();
  };
}

/** No limit counts it, and it waits for nothing. */
export function isProbe(why: OpenPath | undefined): boolean {
  return why === 'probe' || why === 'alive' || why === 'metrics';
}

/** Finds what belongs to a path. Patterns are those of routes (`/model/*` is `/model` and all below it); the first that fits wins. */
export function createPathTable<T>(
  entries: Iterable<readonly [pattern: string, value: T]>,
): (path: string) => T | undefined {
  const table = new TrieRouter<T>();
  for (const [pattern, value] of entries) table.add('ALL', pattern, value);
  return (path) => table.match('ALL', path)[0][0]?.[0];
}
