import type { MiddlewareHandler } from 'hono';
import type { HttpEnv } from '../env.ts';

const headers: Readonly<Record<string, string>> = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, POST, DELETE, OPTIONS',
  'access-control-allow-headers': 'Authorization, api-key, Content-Type, X-Request-ID',
  'access-control-expose-headers':
    'X-Request-ID, X-Speech-ID, X-Engine, X-Voice-Confirmed, X-Cache, X-Audio-Sample-Rate, Server-Timing, Retry-After',
  'access-control-max-age': '600',
};

/** CORS on every reply; any OPTIONS is answered 200 and empty, before the key is asked for (as Fish-Speech-Go does). */
export const cors: MiddlewareHandler<HttpEnv> = async (c, next) => {
  if (c.req.method === 'OPTIONS')
    c.res = new Response(null, { status: 200, headers: { 'content-length': '0' } });
  else await next();
  for (const [name, value] of Object.entries(headers)) c.res.headers.set(name, value);
};
