import type { Hono } from 'hono';
import { speak } from '../../speech/speak.ts';
import type { HttpEnv } from '../env.ts';
import { only } from '../only.ts';
import type { HttpOptions } from '../options.ts';
import { respond } from '../respond.ts';
import { readFishBody } from '../wire/body.ts';
import { createTtsParser } from '../wire/fish-tts.ts';

/** Fish-Speech's own surface. */
export function fishRoutes(app: Hono<HttpEnv>, options: HttpOptions): void {
  const { engine, limits, ports } = options;
  const rules = { maxBytes: limits.maxBody, timeout: options.readTimeout, clock: ports.clock };
  const parse = createTtsParser(limits);
  app.post('/v1/tts', async (c) => {
    const body = await readFishBody(c.req.raw, rules);
    const { request, output } = parse(body);
    const speech = await speak(request, output, { engine, ...ports }, c.req.raw.signal);
    return respond(c, speech, `attachment; filename=audio.${speech.extension}`);
  });
  only(app, '/v1/tts', 'POST');
}
