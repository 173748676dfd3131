import type { Context, Hono } from 'hono';
import { allowMethods } from '../../http/allow-methods.ts';
import { readJsonBody } from '../../http/body.ts';
import { atMost, MAX_OTHER_FIELDS, textBytes } from '../../http/body-limits.ts';
import type { HttpEnv } from '../../http/env.ts';
import type { DialectDeps } from '../../http/options.ts';
import { bodyRules } from '../../http/receive.ts';
import { respond, respondEvents } from '../../http/respond.ts';
import { synthesizeForClient } from '../../http/synthesize-for-client.ts';
import type { Speech } from '../../speech/synthesize.ts';
import { type AskedSpeech, parseSpeech } from './speech-body.ts';
import { timestampLines, timestampObject } from './timestamps.ts';

const path = '/v1/text-to-speech/:voice';
export const speechPaths: readonly string[] = [
  '',
  '/stream',
  '/with-timestamps',
  '/stream/with-timestamps',
].map((way) => path + way);

/** `POST /v1/text-to-speech/{voice_id}`, its stream, and both with the times of characters. */
export function speechRoutes(app: Hono<HttpEnv>, options: DialectDeps): void {
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
