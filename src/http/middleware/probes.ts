import type { Context } from 'hono';
import type { HttpEnv } from '../env.ts';

const probes: ReadonlySet<string> = new Set(['/', '/health', '/v1/health', '/v1/test']);
const lists: ReadonlySet<string> = new Set(['/v1/audio/voices', '/v1/audio/models']);

/** What load balancers and home servers look at without a key, as often as they like. */
export function isProbe(c: Context<HttpEnv>): boolean {
  return probes.has(c.req.path) && c.req.query('detailed') === undefined;
}

/** What clients such as Open WebUI ask for without the key that they have (docs/dialects.md). */
export function isOpenList(c: Context<HttpEnv>): boolean {
  return lists.has(c.req.path);
}
