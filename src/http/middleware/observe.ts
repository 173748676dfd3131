import type { MiddlewareHandler } from 'hono';
import type { Clock } from '../../ports.ts';
import { guardIdle } from '../../stream/idle.ts';
import { meter, type Outcome } from '../../stream/meter.ts';
import { describe, type Logger } from '../../telemetry/log.ts';
import type { HttpEnv } from '../env.ts';

/** One "request" line each, written when the last byte left or never will. */
export function observe(parts: {
  readonly ports: { readonly clock: Clock };
  readonly log: Logger;
  readonly onEnd: () => void;
  /** A client that takes no audio for so many milliseconds counts as gone. */
  readonly writeTimeout: number;
}): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    const started = parts.ports.clock.now();
    await next();
    const { status } = c.res;
    const isAudio = c.res.headers.has('x-engine');
    const failure = c.get('failure');
    const finish = (outcome: Outcome, bytes?: number): void => {
      const severity = status >= 500 || outcome === 'error' ? 'warn' : 'info';
      parts.log[severity]('request', {
        id: c.get('requestId'),
        method: c.req.method,
        path: c.req.path,
        status: outcome === 'cancelled' ? 499 : status,
        outcome,
        bytes,
        duration_ms: Math.round((parts.ports.clock.now() - started) * 10) / 10,
        engine: c.res.headers.get('x-engine') ?? undefined,
        error: failure?.error.code,
        cause: failure?.cause === undefined ? undefined : describe(failure.cause),
      });
      parts.onEnd();
    };
    const relayed = c.get('relayed');
    if (relayed) {
      relayed.then(
        () => finish('finished'),
        () => finish('cancelled'), // or broken off: the runtime does not tell which
      );
    } else if (c.res.body && isAudio) {
      const counted = meter(c.res.body, finish);
      c.res = new Response(guardIdle(counted, { readerMs: parts.writeTimeout }, parts.ports.clock), c.res);
    } else finish('finished');
  };
}
