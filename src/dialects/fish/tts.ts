import type { Context, Hono } from 'hono';
import { allowMethods } from '../../http/allow-methods.ts';
import { readFishBody } from '../../http/body.ts';
import type { HttpEnv } from '../../http/env.ts';
import type { DialectDeps } from '../../http/options.ts';
import { bodyRules } from '../../http/receive.ts';
import { respond, respondEvents } from '../../http/respond.ts';
import { synthesizeForClient } from '../../http/synthesize-for-client.ts';
import { ClientGone } from '../../stream/cancel.ts';
import { describe } from '../../telemetry/log.ts';
import { fishBodyLimits } from './body-limits.ts';
import { timestampEvents } from './timestamps.ts';
import { type Asked, createTtsParser } from './tts-fields.ts';

/** Fish-Speech's own surface, and the Fish Audio cloud's stream with times. */
export function fishRoutes(app: Hono<HttpEnv>, options: DialectDeps): void {
  const { limits, ports } = options;
  const rules = bodyRules(options, fishBodyLimits(limits).tts);
  const parse = createTtsParser(limits, options.strictErrors);
  const read = async (c: Context<HttpEnv>): Promise<Asked> =>
    parse(await readFishBody(c.req.raw, rules, c.get('client')), c.req.header('model'));

  app.post('/v1/tts', async (c) => {
    const { request, output } = await read(c);
    const speech = await synthesizeForClient(c, request, output, options);
    return respond(c, speech, `attachment; filename=audio.${speech.extension}`);
  });
  allowMethods(app, '/v1/tts', 'POST');

  const timed = '/v1/tts/stream/with-timestamp';
  app.post(timed, async (c) => {
    const { request, output } = await read(c);
    const streamed = { ...request, whole: false };
    // What the runtime moves by itself, nobody can put into events.
    const untouched = { ...options, ports: { ...ports, relay: undefined } };
    const speech = await synthesizeForClient(c, streamed, { ...output, whole: false }, untouched);
    const onFailure = (cause: unknown): void => {
      if (cause instanceof ClientGone) return;
      options.log.warn('speech broke off', { id: c.get('requestId'), cause: describe(cause) });
    };
    return respondEvents(speech, timestampEvents(speech, { clock: ports.clock, onFailure }), {});
  });
  allowMethods(app, timed, 'POST');
}
