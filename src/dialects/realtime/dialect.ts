import type { Context } from 'hono';
import { defaultSampling, type SpeechRequest } from '../../core/request.ts';
import { allowMethods } from '../../http/allow-methods.ts';
import type { HttpEnv } from '../../http/env.ts';
import { usualErrorBody } from '../../http/error-response.ts';
import type { DialectDeps, HttpDialect } from '../../http/options.ts';
import { type SessionParts, serveSocket } from '../../http/serve-socket.ts';
import { LINE_RATE } from '../../speech/line-audio.ts';
import type { Output } from '../../speech/output.ts';
import { clientSecretRoutes, sessionOfSecret } from './client-secrets.ts';
import type { ResponseParts } from './response.ts';
import { planSession } from './session-plan.ts';
import type { ResponseSettings } from './session-settings.ts';
import type { Generation } from './wire-format.ts';

const path = '/v1/realtime';

/** Bytes of one event: a minute of PCM in base64 and some. */
const MAX_EVENT_BYTES = 4 * 1024 * 1024;
/** OpenAI's. */
const LIFE_MS = 60 * 60_000;
const MAX_MODEL_NAME = 256;

/** Subprotocols by which browsers, which send no headers, say what others say in headers. */
const SUBPROTOCOL = 'realtime';
const KEY_SUBPROTOCOL = 'openai-insecure-api-key.';
const BETA_SUBPROTOCOL = 'openai-beta.realtime-v1';

/** OpenAI's Realtime protocol: a conversation over a WebSocket (docs/decisions/0040). */
export const realtime: HttpDialect = {
  name: 'realtime',
  paths: [`${path}/*`],
  secretPaths: [path],
  errorBody: usualErrorBody,
  token: ({ headers }) =>
    subprotocols(headers)
      .find((each) => each.startsWith(KEY_SUBPROTOCOL))
      ?.slice(KEY_SUBPROTOCOL.length),
  describe: async () => (await import('./openapi.ts')).describe(),
  mount(app, deps) {
    app.get(path, (c) => serve(c, deps));
    allowMethods(app, path, 'GET');
    clientSecretRoutes(app, deps);
  },
};

async function serve(c: Context<HttpEnv>, deps: DialectDeps): Promise<Response> {
  const { ports, model, listening, transcription } = deps;
  const generation = generationOf(c.req.raw.headers);
  const secret = await sessionOfSecret(c);
  const type = c.req.query('intent') === 'transcription' ? 'transcription' : 'realtime';
  const name = c.req.query('model')?.slice(0, MAX_MODEL_NAME) || secret?.model;
  const { clock } = ports;
  const expiresAt = Math.floor((clock.wallNow() + LIFE_MS) / 1000);
  const asked = { ...secret, type: secret ? secret.type : type, model: name };
  const plan = planSession(asked, expiresAt, listening);
  const resample = await ports.wasm('resample');
  const { RealtimeSession } = await import('./session.ts'); // here, as are those of other sockets: a start loads none
  const response = serveSocket(c, deps, MAX_EVENT_BYTES, (socket, parts) => {
    return new RealtimeSession(socket, {
      ...parts,
      ...plan,
      ...{ generation, model, listening, transcription, resample },
      wasm: ports.wasm,
      lifeMs: LIFE_MS,
      speak: (settings) => speakWith(parts, settings),
    }).life;
  });
  if (subprotocols(c.req.raw.headers).includes(SUBPROTOCOL))
    response.headers.set('sec-websocket-protocol', SUBPROTOCOL);
  return response;
}

function generationOf(headers: Headers): Generation {
  const isBeta =
    headers.get('openai-beta')?.includes('realtime=v1') || subprotocols(headers).includes(BETA_SUBPROTOCOL);
  return isBeta ? 'beta' : 'ga';
}

function subprotocols(headers: Headers): readonly string[] {
  return (headers.get('sec-websocket-protocol') ?? '').split(',').map((each) => each.trim());
}

/** Speaks the sentences of a response, as every speech of this client is spoken. */
function speakWith({ speak }: SessionParts, { voice, speed }: ResponseSettings): ResponseParts['speak'] {
  const output: Output = { format: 'pcm', rate: LINE_RATE, whole: false, maxWholeBytes: 0 };
  return (text, { wanted, ...place }, signal) => {
    const request: SpeechRequest = {
      ...{ text, voice, speed },
      references: [],
      sampling: defaultSampling,
      whole: false,
      ...place,
    };
    return speak({ request, output, wanted }, signal);
  };
}
