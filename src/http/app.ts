import { Hono } from 'hono';
import { type SpeechError, SpeechFailure } from '../speech/errors.ts';
import { ClientGone } from '../stream/cancel.ts';
import type { HttpEnv } from './env.ts';
import { address } from './middleware/address.ts';
import { auth } from './middleware/auth.ts';
import { cors } from './middleware/cors.ts';
import { observe } from './middleware/observe.ts';
import { limitHeaders, rateLimit } from './middleware/rate-limit.ts';
import { requestId } from './middleware/request-id.ts';
import type { HttpOptions } from './options.ts';
import { routePath } from './route-path.ts';
import { fishRoutes } from './routes/fish.ts';
import { fishAsrRoutes } from './routes/fish-asr.ts';
import { fishCloudRoutes } from './routes/fish-cloud.ts';
import { healthRoutes } from './routes/health.ts';
import { liveRoutes } from './routes/live.ts';
import { openaiRoutes } from './routes/openai.ts';
import { playRoutes } from './routes/play.ts';
import { pronunciationRoutes } from './routes/pronunciations.ts';
import { referenceRoutes } from './routes/references.ts';
import { transcriptionRoutes } from './routes/transcriptions.ts';
import { ttsQueryRoutes } from './routes/tts-query.ts';
import { usageRoutes } from './routes/usage.ts';
import { vqganRoutes } from './routes/vqgan.ts';
import { type Dialect, faceOf } from './wire/faces.ts';
import { FacedFailure } from './wire/own-face.ts';

/** Middleware in its order, then one surface after the other. */
export function createHttp(options: HttpOptions): Hono<HttpEnv> {
  const app = new Hono<HttpEnv>({ getPath: routePath });
  app.use(requestId);
  app.use(observe(options));
  app.use(cors(app, options.corsOrigins ?? [], options.keys));
  app.use(address(options.trustedProxies));
  app.use(limitHeaders);
  app.use(auth(options.keys, options.rates, options.openVoices ?? true));
  app.use(rateLimit(options.rates));
  app.use(async (_, next) => {
    if (!options.accepting()) throw new SpeechFailure({ code: 'shutting_down' });
    await next();
  });
  fishRoutes(app, options);
  fishAsrRoutes(app, options);
  fishCloudRoutes(app, options);
  liveRoutes(app, options);
  referenceRoutes(app, options);
  vqganRoutes(app, options);
  openaiRoutes(app, options);
  transcriptionRoutes(app, options);
  pronunciationRoutes(app, options);
  usageRoutes(app, options);
  ttsQueryRoutes(app, options);
  playRoutes(app, options);
  healthRoutes(app, options);
  app.notFound(() => {
    throw new SpeechFailure({ code: 'not_found' });
  });
  app.onError((thrown, c) => {
    const error = errorOf(thrown);
    const isNews = !(thrown instanceof SpeechFailure) || thrown.cause !== undefined;
    c.set('failure', { error, cause: isNews ? (thrown.cause ?? thrown) : undefined });
    const own = thrown instanceof FacedFailure ? thrown.face : undefined;
    const { status, headers, body } = own ?? faceOf(error, dialectOf(c.req.path));
    return new Response(c.req.method === 'HEAD' ? null : body, { status, headers });
  });
  return app;
}

function errorOf(thrown: unknown): SpeechError {
  if (thrown instanceof SpeechFailure) return thrown.error;
  if (thrown instanceof ClientGone) return { code: 'client_gone' };
  return { code: 'engine_failed' };
}

const queryPaths = /^\/(tts|audio\/[^/]+\.wav)(\/|$)/;
const fishPaths = /^\/(v1\/(tts|references|vqgan|health|asr)|model|wallet)(\/|$)/;

/** Most clients are OpenAI's: they get its shape wherever nobody else's routes are. */
function dialectOf(path: string): Dialect {
  if (queryPaths.test(path)) return 'query';
  return fishPaths.test(path) ? 'fish' : 'openai';
}
