import type { Hono } from 'hono';
import { speak } from '../../speech/speak.ts';
import type { HttpEnv } from '../env.ts';
import { only } from '../only.ts';
import type { HttpOptions } from '../options.ts';
import { respond } from '../respond.ts';
import { readFishBody } from '../wire/body.ts';
import { parseFishTts } from '../wire/fish-tts.ts';

/** Fish-Speech's own surface. */
export function fishRoutes(app: Hono<HttpEnv>, options: HttpOptions): void {
  const { limits, readTimeout, clock } = options;
  app.post('/v1/tts', async (c) => {
    const body = await readFishBody(c.req.raw, { maxBytes: limits.maxBody, timeout: readTimeout, clock });
    const { request, output } = parseFishTts(body, limits);
    const speech = await speak(request, output, options, c.req.raw.signal);
    return respond(speech, `attachment; filename=audio.${speech.extension}`);
  });
  only(app, '/v1/tts', 'POST');
}
