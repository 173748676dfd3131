import type { Context, Hono } from 'hono';
import { allowMethods } from '../../http/allow-methods.ts';
import { readJsonBody } from '../../http/body.ts';
import { atMost, MAX_OTHER_FIELDS, textBytes } from '../../http/body-limits.ts';
import type { HttpEnv } from '../../http/env.ts';
import type { DialectDeps, HttpDialect } from '../../http/options.ts';
import { bodyRules } from '../../http/receive.ts';
import { respond, respondEvents } from '../../http/respond.ts';
import { synthesizeForClient } from '../../http/synthesize-for-client.ts';
import type { Speech } from '../../speech/synthesize.ts';
import { errorBody } from './error-body.ts';
import { socketRoutes, streamInputPath } from './socket.ts';
import { type AskedSpeech, parseSpeech } from './speech-body.ts';
import { timestampLines, timestampObject } from './timestamps.ts';
import { voiceRoutes } from './voices.ts';

const path = '/v1/text-to-speech/:voice';
const speechPaths: readonly string[] = ['', '/stream', '/with-timestamps', '/stream/with-timestamps'].map(
  (way) => path + way,
);

/** Addresses that other surfaces have too: the key's header says whose they are. */
const shared = /^\/v1\/(?:voices|models|voices\/[^/]+)$/;
/** Those that nobody else has. */
const own = /^\/v1\/voices\/(?:add|[^/]+\/edit)$/;
const keyHeader = 'xi-api-key';

/** ElevenLabs' text to speech (docs/decisions/0030). */
export const elevenlabs: HttpDialect = {
  name: 'elevenlabs',
  paths: ['/v1/text-to-speech/*', '/v2/voices/*', '/v1/user/*', '/elevenlabs/*'],
  openPaths: { [streamInputPath]: 'late' },
  speechPaths,
  errorBody,
  describe: async () => (await import('./openapi.ts')).describe(),
  token: ({ headers }) => headers.get(keyHeader) ?? undefined,
  canonicalPath: (path, headers) =>
    own.test(path) || (shared.test(path) && headers.has(keyHeader)) ? `/elevenlabs${path}` : path,
  mount(app, deps) {
    speechRoutes(app, deps);
    socketRoutes(app, deps);
    voiceRoutes(app, deps);
  },
};

/** `POST /v1/text-to-speech/{voice_id}`, its stream, and both with the times of characters. */
function speechRoutes(app: Hono<HttpEnv>, options: DialectDeps): void {
  const { limits, ports } = options;
  const bytes = textBytes(limits.maxTextLength) + MAX_OTHER_FIELDS;
  const rules = bodyRules(options, limits.maxTextLength === 0 ? limits.maxBody : atMost(limits, bytes));
  const read = async (c: Context<HttpEnv>): Promise<AskedSpeech> => {
    const body = await readJsonBody(c.req.raw, rules, c.get('client'));
    return parseSpeech(body, c.req.param('voice') ?? '', new URL(c.req.url).searchParams, limits);
  };
  const answer = (c: Context<HttpEnv>, speech: Speech): Response =>
    respond(c, speech, `inline; filename="speech.${speech.extension}"`);
  // What the runtime moves by itself, nobody can put into JSON.
  const untouched = { ...options, ports: { ...ports, relay: undefined } };

  app.post(path, async (c) => {
    const { request, output } = await read(c);
    const whole = output.format === 'wav'; // whoever keeps it as a file wants its sizes to be true
    return answer(c, await synthesizeForClient(c, request, { ...output, whole }, options));
  });
  app.post(`${path}/stream`, async (c) => {
    const { request, output } = await read(c);
    return answer(c, await synthesizeForClient(c, request, output, options));
  });
  app.post(`${path}/with-timestamps`, async (c) => {
    const { request, output } = await read(c);
    const speech = await synthesizeForClient(c, request, output, untouched);
    return respondEvents(speech, timestampObject(speech, request.text), {
      'content-type': 'application/json',
    });
  });
  app.post(`${path}/stream/with-timestamps`, async (c) => {
    const { request, output } = await read(c);
    const speech = await synthesizeForClient(c, request, output, untouched);
    return respondEvents(speech, timestampLines(speech, request.text), {
      'content-type': 'application/x-ndjson',
    });
  });
  allowMethods(app, speechPaths, 'POST');
}
