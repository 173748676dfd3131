import type { Hono } from 'hono';
import * as z from 'zod';
import { allowMethods } from '../../http/allow-methods.ts';
import type { HttpEnv } from '../../http/env.ts';
import { integerField, optionalText, parseFields } from '../../http/fields.ts';
import type { DialectDeps } from '../../http/options.ts';
import { showOne } from '../../http/show-health.ts';
import type { Usage } from '../../services/usage.ts';

const usagePath = '/v1/admin/usage';
const upstreamsPath = '/v1/admin/upstreams';
const USUAL_MONTHS = 3;

export const usageQuery = z.object({ months: optionalText(integerField('months', { min: 1, max: 120 })) });

/** What all keys used, and how the upstreams are. */
export function stateRoutes(
  app: Hono<HttpEnv>,
  { usage, engine }: Pick<DialectDeps, 'usage' | 'engine'>,
): void {
  app.get(usagePath, async (c) => {
    const { months = USUAL_MONTHS } = parseFields(usageQuery, c.req.query());
    const all = [...(await usage.readAll())].sort(([a], [b]) => a.localeCompare(b));
    const data = all.map(([key, used]) => ({ key, months: [...used].slice(0, months).map(showMonth) }));
    return c.json({ object: 'list', data });
  });
  allowMethods(app, usagePath, 'GET, HEAD');

  app.get(upstreamsPath, async (c) => {
    const health = await engine.health?.(c.req.raw.signal);
    const load = engine.load?.();
    const upstreams = load?.upstreams ?? [];
    const data = upstreams.map((upstream, index) => {
      const { kind, url, slots, inUse, isShut, isDraining, failures } = upstream;
      const asked = health?.origins?.length === upstreams.length ? health.origins[index] : undefined; // else they were changed meanwhile
      return {
        object: 'admin.upstream',
        number: index + 1,
        kind,
        url,
        ...(asked && showOne(asked)),
        slots,
        slots_in_use: inUse,
        breaker: isShut ? 'open' : 'closed',
        draining: isDraining,
        failures,
      };
    });
    return c.json({ object: 'list', queued: load?.queued ?? 0, running: load?.running ?? 0, data });
  });
  allowMethods(app, upstreamsPath, 'GET, HEAD');
}

function showMonth([month, { requests, characters, audioSeconds }]: readonly [string, Usage]): object {
  return { month, requests, characters, audio_seconds: Math.round(audioSeconds * 10) / 10 };
}
