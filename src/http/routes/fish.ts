import type { Context, Hono } from 'hono';
import { ClientGone } from '../../stream/cancel.ts';
import { describe } from '../../telemetry/log.ts';
import type { HttpEnv } from '../env.ts';
import { only } from '../only.ts';
import type { HttpOptions } from '../options.ts';
import { respond, respondEvents } from '../respond.ts';
import { say } from '../say.ts';
import { readFishBody } from '../wire/body.ts';
import { bodyLimits } from '../wire/body-limits.ts';
import { timestampEvents } from '../wire/fish-timestamps.ts';
import { type Asked, createTtsParser } from '../wire/fish-tts.ts';
import { bodyRules } from '../wire/receive.ts';

/** Fish-Speech's own surface, and the Fish Audio cloud's stream with times. */
export function fishRoutes(app: Hono<HttpEnv>, options: HttpOptions): void {
  const { limits, ports } = options;
  const rules = bodyRules(options, bodyLimits(limits).tts);
  const parse = createTtsParser(limits, options.strictErrors);
  const read = async (c: Context<HttpEnv>): Promise<Asked> =>
    parse(await readFishBody(c.req.raw, rules, c.get('client')), c.req.header('model'));

  app.post('/v1/tts', async (c) => {
    const { request, output } = await read(c);
    const speech = await say(c, request, output, options);
    return respond(c, speech, `attachment; filename=audio.${speech.extension}`);
  });
  only(app, '/v1/tts', 'POST');

  const timed = '/v1/tts/stream/with-timestamp';
  app.post(timed, async (c) => {
    const { request, output } = await read(c);
    const streamed = { ...request, whole: false };
    // What the runtime moves by itself, nobody can put into events.
    const untouched = { ...options, ports: { ...ports, relay: undefined } };
    const speech = await say(c, streamed, { ...output, whole: false }, untouched);
    const onFailure = (cause: unknown): void => {
      if (cause instanceof ClientGone) return;
      options.log.warn('speech broke off', { id: c.get('requestId'), cause: describe(cause) });
    };
    return respondEvents(speech, timestampEvents(speech, { clock: ports.clock, onFailure }), {});
  });
  only(app, timed, 'POST');
}
