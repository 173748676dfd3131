import type { Hono } from 'hono';
import { allowMethods } from '../../http/allow-methods.ts';
import type { HttpEnv } from '../../http/env.ts';

/**
 * What clients ask to find out who answers (docs/dialects.md). `/v1/test` makes Home Assistant's Wyoming bridge ask for our voices;
 * `/health` must not say `OK` alone, which would make us Speaches, and `/v1/readyz` must not exist, which would make us
 * LocalAI. livekit opens its connection with `GET /`.
 */
export function probeRoutes(app: Hono<HttpEnv>): void {
  const paths = ['/health', '/v1/test'];
  app.on('GET', paths, (c) => c.json({ status: 'ok' }, 200, { 'cache-control': 'no-store' }));
  app.get('/', (c) => c.json({ name: 'fish-edge', status: 'ok', speech: '/v1/audio/speech' }));
  allowMethods(app, ['/', ...paths], 'GET, HEAD');
}
