import type { MiddlewareHandler } from 'hono';
import type { OpenPath } from '../../core/dialect.ts';
import type { HttpEnv } from '../env.ts';
import { createPathTable } from '../path-table.ts';

/** Sets `openPath`, which several look at. A probe that asks for details is none. */
export function openPaths(
  dialects: readonly { readonly openPaths?: Readonly<Record<string, OpenPath>> | undefined }[],
): MiddlewareHandler<HttpEnv> {
  const find = createPathTable(dialects.flatMap((dialect) => Object.entries(dialect.openPaths ?? {})));
  return (c, next) => {
    const why = find(c.req.path);
    c.set('openPath', why === 'probe' && c.req.query('detailed') !== undefined ? undefined : why);
    return next();
  };
}
