import type { Hono } from 'hono';
import type { HttpEnv } from '../env.ts';
import { only } from '../only.ts';
import type { HttpOptions } from '../options.ts';
import { respond } from '../respond.ts';
import { say } from '../say.ts';
import { readFishBody } from '../wire/body.ts';
import { createTtsParser } from '../wire/fish-tts.ts';

/** Fish-Speech's own surface. */
export function fishRoutes(app: Hono<HttpEnv>, options: HttpOptions): void {
  const { limits, ports } = options;
  const rules = { maxBytes: limits.maxBody, timeout: options.readTimeout, clock: ports.clock };
  const parse = createTtsParser(limits, options.strictErrors);
  app.post('/v1/tts', async (c) => {
    const body = await readFishBody(c.req.raw, rules);
    const { request, output } = parse(body, c.req.header('model'));
    const speech = await say(c, request, output, options);
    return respond(c, speech, `attachment; filename=audio.${speech.extension}`);
  });
  only(app, '/v1/tts', 'POST');
}
