import type { MiddlewareHandler } from 'hono';
import type { HttpEnv } from '../env.ts';

/** Short and printable, or it is not taken over: ids end up in logs. */
const acceptable = /^[\x21-\x7e]{1,128}$/;

/** `X-Request-ID` in and out; 32 hex digits when the client has none. */
export const requestId: MiddlewareHandler<HttpEnv> = async (c, next) => {
  const sent = c.req.header('x-request-id');
  const id = sent !== undefined && acceptable.test(sent) ? sent : crypto.randomUUID().replaceAll('-', '');
  c.set('requestId', id);
  await next();
  c.res.headers.set('x-request-id', id);
};
