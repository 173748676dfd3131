import type { MiddlewareHandler } from 'hono';
import type { Clock } from '../../core/ports.ts';
import { turnsOf } from '../../stream/turns.ts';
import type { HttpEnv } from '../env.ts';

/**
 * What a request passes before anything of it is read. A runtime hands over all requests that have come before it looks at its
 * sockets again: of many only a few are begun in one turn of the event loop. Probes never wait.
 */
export function requestGate(clock: Clock): MiddlewareHandler<HttpEnv> {
  const turns = turnsOf(clock);
  return async (c, next) => {
    if (c.get('openPath') !== 'probe') await turns.begin();
    await next();
  };
}
