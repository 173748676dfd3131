import type { MiddlewareHandler } from 'hono';
import { timingSafeEqual } from 'hono/utils/buffer';
import { SpeechFailure } from '../../speech/errors.ts';
import type { HttpEnv } from '../env.ts';

/**
 * Bearer key (RFC 6750), compared in constant time; off when no key is configured. Plain health stays open, so that a
 * load balancer or a container's health check needs no key; its details do not.
 */
export function auth(apiKey: string): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    if (apiKey !== '' && !isOpen(c.req.path, c.req.query('detailed'))) {
      const [scheme, token] = splitOnce((c.req.header('authorization') ?? '').trim());
      const missing = scheme.toLowerCase() !== 'bearer' || token === '';
      if (missing || !(await timingSafeEqual(token, apiKey))) {
        throw new SpeechFailure({ code: 'invalid_api_key', missing });
      }
    }
    await next();
  };
}

function isOpen(path: string, detailed: string | undefined): boolean {
  return path === '/v1/health' && detailed === undefined;
}

function splitOnce(value: string): [string, string] {
  const space = value.indexOf(' ');
  return space < 0 ? [value, ''] : [value.slice(0, space), value.slice(space + 1).trim()];
}
