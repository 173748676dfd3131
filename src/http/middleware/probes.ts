import type { Context } from 'hono';
import type { HttpEnv } from '../env.ts';

const probes: ReadonlySet<string> = new Set([
  '/',
  '/health',
  '/v1/health',
  '/v1/test',
  '/v1/audio/voices',
  '/v1/audio/models',
]);

/** What load balancers and home servers look at without a key, as often as they like. */
export function isProbe(c: Context<HttpEnv>): boolean {
  return probes.has(c.req.path) && c.req.query('detailed') === undefined;
}
