import type { Hono } from 'hono';
import { SpeechFailure } from '../../core/errors.ts';
import { findAdministrator, requireAdministrator } from '../../http/admin.ts';
import { allowMethods } from '../../http/allow-methods.ts';
import type { HttpEnv } from '../../http/env.ts';
import { usualErrorBody } from '../../http/error-response.ts';
import type { DialectDeps, HttpDialect } from '../../http/options.ts';
import { keyRoutes } from './keys.ts';
import { modelRoutes } from './models.ts';
import { stateRoutes } from './state.ts';

const path = '/v1/admin';

/** For those who look after the server: keys, usage, upstreams, models (docs/decisions/0044). */
export const admin: HttpDialect = {
  name: 'admin',
  paths: [`${path}/*`],
  errorBody: usualErrorBody,
  describe: async () => (await import('./openapi.ts')).describe(),
  mount(app, deps) {
    overviewRoute(app, deps);
    app.use(`${path}/*`, async (c, next) => {
      await requireAdministrator(c, deps);
      c.header('cache-control', 'no-store');
      await next();
    });
    keyRoutes(app, deps);
    modelRoutes(app, deps);
    stateRoutes(app, deps);
  },
};

/** What the key that asks may do here: pages show what they are allowed to, without being refused first. */
function overviewRoute(app: Hono<HttpEnv>, deps: DialectDeps): void {
  app.get(path, async (c) => {
    const { admin } = deps;
    if (!admin || admin.access === 'off') throw new SpeechFailure({ code: 'not_found' });
    const administrator = (await findAdministrator(c, deps)) !== undefined;
    const shown = {
      object: 'admin',
      administrator,
      changes_keys: administrator && admin.keys.canChange,
      pulls_models: administrator && admin.packs !== undefined,
    };
    return c.json(shown, 200, { 'cache-control': 'no-store' });
  });
  allowMethods(app, path, 'GET, HEAD');
}
