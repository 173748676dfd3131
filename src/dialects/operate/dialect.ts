import type { Hono } from 'hono';
import { SpeechFailure } from '../../core/errors.ts';
import { allowMethods } from '../../http/allow-methods.ts';
import type { HttpEnv } from '../../http/env.ts';
import { usualErrorBody } from '../../http/error-response.ts';
import type { DialectDeps, HttpDialect } from '../../http/options.ts';
import { docsRoutes } from './docs-page.ts';
import { healthRoutes } from './health.ts';

/** For those who run the server: how it is, what it does, what it can be asked. */
export const operate: HttpDialect = {
  name: 'operate',
  paths: ['/health', '/livez', '/readyz', '/metrics', '/openapi.json', '/docs/*'],
  openPaths: {
    '/health': 'probe',
    '/livez': 'alive',
    '/readyz': 'alive',
    '/metrics': 'metrics',
    '/openapi.json': 'docs',
    '/docs/*': 'docs',
  },
  errorBody: usualErrorBody,
  describe: async () => (await import('./openapi.ts')).describe(),
  mount(app, deps) {
    healthRoutes(app, deps);
    metricsRoutes(app, deps);
    docsRoutes(app, deps);
  },
};

/** `GET /metrics` in the text format of Prometheus, version 0.0.4. */
function metricsRoutes(app: Hono<HttpEnv>, { telemetry }: Pick<DialectDeps, 'telemetry'>): void {
  app.get('/metrics', async (c) => {
    const metrics = telemetry?.metrics;
    if (!metrics) throw new SpeechFailure({ code: 'not_found' });
    const text = await metrics.text();
    return c.body(text, 200, { 'content-type': metrics.contentType, 'cache-control': 'no-store' });
  });
  allowMethods(app, '/metrics', 'GET, HEAD');
}
