import type { Hono } from 'hono';
import type { HttpEnv } from '../env.ts';
import { only } from '../only.ts';
import type { HttpOptions } from '../options.ts';
import { respond } from '../respond.ts';
import { say } from '../say.ts';
import { readFishBody } from '../wire/body.ts';
import { bodyLimits } from '../wire/body-limits.ts';
import { createTtsParser } from '../wire/fish-tts.ts';
import { bodyRules } from '../wire/receive.ts';

/** Fish-Speech's own surface. */
export function fishRoutes(app: Hono<HttpEnv>, options: HttpOptions): void {
  const { limits } = options;
  const rules = bodyRules(options, bodyLimits(limits).tts);
  const parse = createTtsParser(limits, options.strictErrors);
  app.post('/v1/tts', async (c) => {
    const body = await readFishBody(c.req.raw, rules, c.get('client'));
    const { request, output } = parse(body);
    const speech = await say(c, request, output, options);
    return respond(c, speech, `attachment; filename=audio.${speech.extension}`);
  });
  only(app, '/v1/tts', 'POST');
}
