import { Hono } from 'hono';
import { allowMethods } from '../../http/allow-methods.ts';
import type { HttpEnv } from '../../http/env.ts';
import { usualErrorBody } from '../../http/error-response.ts';
import type { HttpDialect } from '../../http/options.ts';
import { createCaptionStore } from '../../services/captions.ts';
import { modelRoutes, voiceRoutes } from './models.ts';
import { prewarmRoutes } from './prewarm.ts';
import { signRoutes } from './sign.ts';
import { captionRoutes, speechRoutes } from './speech.ts';
import { transcriptionRoutes } from './transcriptions.ts';

/** Azure's way to OpenAI's routes. The deployment is a model, and the body names that too. */
const azurePrefix = /^\/openai\/(?:v1|deployments\/[^/]{1,256})(?=\/)/;

/** OpenAI's audio surface and what its clients ask for around it. They are the most: unknown addresses are answered to them. */
export const openai: HttpDialect = {
  name: 'openai',
  paths: ['/*'],
  openPaths: {
    '/': 'probe',
    '/v1/test': 'probe',
    '/v1/audio/voices': 'list',
    '/v1/audio/models': 'list',
  },
  speechPaths: ['/v1/audio/speech', '/audio/speech'],
  errorBody: usualErrorBody,
  describe: async (limits) => (await import('./openapi.ts')).describe(limits),
  token: ({ headers }) => headers.get('api-key') ?? undefined, // Azure's
  canonicalPath: (path) => path.replace(azurePrefix, '/v1'),
  mount(app, deps) {
    const audio = new Hono<HttpEnv>();
    const captions = createCaptionStore(deps);
    speechRoutes(audio, deps, captions);
    captionRoutes(audio, captions);
    modelRoutes(audio, deps);
    voiceRoutes(audio, deps);
    transcriptionRoutes(audio, deps);
    for (const base of ['/v1', '/']) app.route(base, audio); // some clients leave out `/v1`
    signRoutes(app, deps);
    prewarmRoutes(app, deps);
    probeRoutes(app);
  },
};

/**
 * What clients ask to find out who answers (docs/dialects.md). `/v1/test` makes Home Assistant's Wyoming bridge ask for our voices;
 * `/health` must not say `OK` alone, which would make us Speaches, and `/v1/readyz` must not exist, which would make us
 * LocalAI. livekit opens its connection with `GET /`.
 */
function probeRoutes(app: Hono<HttpEnv>): void {
  app.get('/v1/test', (c) => c.json({ status: 'ok' }, 200, { 'cache-control': 'no-store' }));
  app.get('/', (c) => c.json({ name: 'fish-edge', status: 'ok', speech: '/v1/audio/speech' }));
  allowMethods(app, ['/', '/v1/test'], 'GET, HEAD');
}
