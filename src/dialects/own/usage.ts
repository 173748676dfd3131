import type { Hono } from 'hono';
import { allowMethods } from '../../http/allow-methods.ts';
import type { HttpEnv } from '../../http/env.ts';
import type { DialectDeps } from '../../http/options.ts';

const path = '/v1/usage';

/** What the key that asks has used, month by month. */
export function usageRoutes(app: Hono<HttpEnv>, { usage }: Pick<DialectDeps, 'usage'>): void {
  app.get(path, async (c) => {
    const key = c.get('key')?.name;
    const months = key === undefined ? [] : [...(await usage.read(key))];
    const data = months.map(([month, { requests, characters, audioSeconds }]) => {
      return { month, requests, characters, audio_seconds: Math.round(audioSeconds * 10) / 10 };
    });
    c.header('cache-control', 'no-store');
    return c.json({ object: 'list', key: key ?? null, data });
  });
  allowMethods(app, path, 'GET, HEAD');
}
