import { Hono } from 'hono';
import { elevenLabs } from './dialects/elevenlabs/dialect.ts';
import { fishAsrRoutes } from './dialects/fish/asr.ts';
import { fishCloudRoutes } from './dialects/fish/cloud.ts';
import { healthRoutes } from './dialects/fish/health.ts';
import { liveRoutes } from './dialects/fish/live.ts';
import { referenceRoutes } from './dialects/fish/references.ts';
import { fishRoutes } from './dialects/fish/tts.ts';
import { vqganRoutes } from './dialects/fish/vqgan.ts';
import { openaiRoutes } from './dialects/openai/speech.ts';
import { transcriptionRoutes } from './dialects/openai/transcriptions.ts';
import { pronunciationRoutes } from './dialects/own/pronunciations.ts';
import { usageRoutes } from './dialects/own/usage.ts';
import { playRoutes } from './dialects/player/play.ts';
import { ttsQueryRoutes } from './dialects/query/speak.ts';
import type { HttpEnv } from './http/env.ts';
import { type Dialect, faceOf } from './http/error-response.ts';
import { address } from './http/middleware/address.ts';
import { auth } from './http/middleware/auth.ts';
import { cors } from './http/middleware/cors.ts';
import { observe } from './http/middleware/observe.ts';
import { limitHeaders, rateLimit } from './http/middleware/rate-limit.ts';
import { requestId } from './http/middleware/request-id.ts';
import type { HttpOptions } from './http/options.ts';
import { FacedFailure } from './http/own-face.ts';
import { routePath } from './http/route-path.ts';
import { type SpeechError, SpeechFailure } from './speech/errors.ts';
import { ClientGone } from './stream/cancel.ts';

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
  elevenLabs.mount(app, options);
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
    const { status, headers, body } =
      own ?? faceOf(error, elevenLabs.owns(c) ? elevenLabs : dialectOf(c.req.path));
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
