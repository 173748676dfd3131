import type { Context } from 'hono';
import { defaultSampling, type SpeechRequest } from '../../core/request.ts';
import { allowMethods } from '../../http/allow-methods.ts';
import type { HttpEnv } from '../../http/env.ts';
import { usualErrorBody } from '../../http/error-response.ts';
import type { DialectDeps, HttpDialect } from '../../http/options.ts';
import { type SessionParts, serveSocket } from '../../http/serve-socket.ts';
import { LINE_RATE } from '../../speech/line-audio.ts';
import type { Output } from '../../speech/output.ts';
import { newId } from './item.ts';
import type { ResponseParts } from './response.ts';
import { RealtimeSession } from './session.ts';
import { type ResponseSettings, usualSettings, usualTurns } from './session-settings.ts';
import type { Generation } from './wire-format.ts';

const path = '/v1/realtime';

/** Bytes of one event: a minute of PCM in base64 and some. */
const MAX_EVENT_BYTES = 4 * 1024 * 1024;
/** OpenAI's. */
const LIFE_MS = 60 * 60_000;
const MAX_MODEL_NAME = 256;
const usualModel = 'gpt-realtime';

/** Subprotocols by which browsers, which send no headers, say what others say in headers. */
const SUBPROTOCOL = 'realtime';
const KEY_SUBPROTOCOL = 'openai-insecure-api-key.';
const BETA_SUBPROTOCOL = 'openai-beta.realtime-v1';

/** OpenAI's Realtime protocol: a conversation over a WebSocket (docs/decisions/0040). */
export const realtime: HttpDialect = {
  name: 'realtime',
  paths: [path],
  errorBody: usualErrorBody,
  token: ({ headers }) =>
    subprotocols(headers)
      .find((each) => each.startsWith(KEY_SUBPROTOCOL))
      ?.slice(KEY_SUBPROTOCOL.length),
  describe: async () => (await import('./openapi.ts')).describe(),
  mount(app, deps) {
    app.get(path, (c) => serve(c, deps));
    allowMethods(app, path, 'GET');
  },
};

async function serve(c: Context<HttpEnv>, deps: DialectDeps): Promise<Response> {
  const { ports, model, listening } = deps;
  const type = c.req.query('intent') === 'transcription' ? 'transcription' : 'realtime';
  const generation = generationOf(c.req.raw.headers);
  const name = c.req.query('model')?.slice(0, MAX_MODEL_NAME) || usualModel;
  const resample = await ports.wasm('resample');
  const { clock } = ports;
  const facts = {
    id: newId('sess'),
    type,
    model: name,
    expiresAt: Math.floor((clock.wallNow() + LIFE_MS) / 1000),
  } as const;
  const turnDetection = { ...usualTurns, ...listening?.turnDetection };
  const transcription = type === 'transcription' ? { model: 'whisper-1' } : null;
  const settings = { ...usualSettings, turnDetection, transcription };
  const response = serveSocket(c, deps, MAX_EVENT_BYTES, (socket, parts) => {
    return new RealtimeSession(socket, {
      ...parts,
      ...{ facts, generation, settings, model, listening, resample, usualTurns: turnDetection },
      wasm: ports.wasm,
      lifeMs: LIFE_MS,
      speak: (asked) => speakWith(parts, asked),
    });
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
  return (text, place, signal) => {
    const request: SpeechRequest = {
      ...{ text, voice, speed },
      references: [],
      sampling: defaultSampling,
      whole: false,
      ...place,
    };
    return speak({ request, output }, signal);
  };
}
