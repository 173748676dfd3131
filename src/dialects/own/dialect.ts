import { usualErrorBody } from '../../http/error-response.ts';
import type { HttpDialect } from '../../http/options.ts';
import { pronunciationRoutes } from './pronunciations.ts';
import { usageRoutes } from './usage.ts';

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
