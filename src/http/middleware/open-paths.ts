import type { Context } from 'hono';
import type { OpenPath } from '../../core/dialect.ts';
import type { HttpEnv } from '../env.ts';
import { createPathTable } from '../path-table.ts';

/** Why a request needs no key; undefined where it needs one. */
export type OpenPaths = (c: Context<HttpEnv>) => OpenPath | undefined;

/** What the dialects keep open. A probe that asks for details is none. */
export function createOpenPaths(
  dialects: readonly { readonly openPaths?: Readonly<Record<string, OpenPath>> | undefined }[],
): OpenPaths {
  const find = createPathTable(dialects.flatMap(({ openPaths }) => Object.entries(openPaths ?? {})));
  return (c) => {
    const why = find(c.req.path);
    return why === 'probe' && c.req.query('detailed') !== undefined ? undefined : why;
  };
}
