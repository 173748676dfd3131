import { zValidator } from '@hono/zod-validator';
import type { Hono } from 'hono';
import { invalid } from '../../core/errors.ts';
import { allowMethods } from '../../http/allow-methods.ts';
import type { HttpEnv } from '../../http/env.ts';
import type { DialectDeps, HttpDialect } from '../../http/options.ts';
import { healthQuery, showHealth } from '../../http/show-health.ts';
import { fishAsrRoutes } from './asr.ts';
import { fishCloudRoutes } from './cloud.ts';
import { fishErrorBody } from './error-body.ts';
import { liveRoutes } from './live.ts';
import { referenceRoutes } from './references.ts';
import { fishRoutes } from './tts.ts';
import { vqganRoutes } from './vqgan.ts';

/** Of Fish-Speech, of Fish-Speech-Go and of the Fish Audio cloud. */
export const fish: HttpDialect = {
  name: 'fish',
  paths: [
    ...['/v1/tts/*', '/v1/references/*', '/v1/vqgan/*', '/v1/health/*', '/v1/asr/*'],
    ...['/model/*', '/wallet/*'],
  ],
  openPaths: { '/v1/health': 'probe' },
  speechPaths: ['/v1/tts', '/v1/tts/stream/with-timestamp'],
  errorBody: fishErrorBody,
  describe: async (limits) => (await import('./openapi.ts')).describe(limits),
  mount(app, deps) {
    fishRoutes(app, deps);
    fishAsrRoutes(app, deps);
    fishCloudRoutes(app, deps);
    liveRoutes(app, deps);
    referenceRoutes(app, deps);
    vqganRoutes(app, deps);
    healthRoutes(app, deps);
  },
};

/** Always 200 while the process lives (upstream and Fish-Speech-Go); `?detailed=true` asks the engine too. */
function healthRoutes(app: Hono<HttpEnv>, { engine }: Pick<DialectDeps, 'engine'>): void {
  app.on(
    ['GET', 'POST'],
    '/v1/health',
    zValidator('query', healthQuery, (result) => {
      if (!result.success) throw invalid('detailed must be true or false', 'detailed');
    }),
    async (c) => {
      c.header('cache-control', 'no-store');
      if (c.req.valid('query').detailed !== 'true') return c.json({ status: 'ok' });
      const health = (await engine.health?.(c.req.raw.signal)) ?? { healthy: true };
      return c.json({
        status: 'ok',
        engine: engine.id,
        backend: showHealth(health),
      });
    },
  );
  allowMethods(app, '/v1/health', 'GET, POST, HEAD, OPTIONS');
}
