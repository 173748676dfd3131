import type { Hono } from 'hono';
import { allowMethods } from '../../http/allow-methods.ts';
import type { HttpEnv } from '../../http/env.ts';
import { usualErrorBody } from '../../http/error-response.ts';
import type { DialectDeps, HttpDialect } from '../../http/options.ts';
import { pronunciationRoutes } from './pronunciations.ts';

/** What no other server has. */
export const own: HttpDialect = {
  name: 'own',
  paths: ['/v1/pronunciations/*', '/v1/usage/*'],
  errorBody: usualErrorBody,
  mount(app, deps) {
    pronunciationRoutes(app, deps);
    usageRoutes(app, deps);
  },
};

const path = '/v1/usage';

/** What the key that asks has used, month by month. */
function usageRoutes(app: Hono<HttpEnv>, { usage }: Pick<DialectDeps, 'usage'>): void {
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
