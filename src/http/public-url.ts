import type { Context } from 'hono';
import type { HttpEnv } from './env.ts';

/** As the client sees this server; only a proxy that is trusted may say otherwise. */
export function publicUrl(c: Context<HttpEnv>): string {
  const url = new URL(c.req.url);
  const host = c.req.header('host');
  const scheme = c.get('forwardedProto') ?? url.protocol.slice(0, -1);
  return `${scheme}://${host ?? url.host}`;
}
