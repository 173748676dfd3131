import type { Hono } from 'hono';
import { speak } from '../../speech/speak.ts';
import type { HttpEnv } from '../env.ts';
import { only } from '../only.ts';
import type { HttpOptions } from '../options.ts';
import { respond } from '../respond.ts';
import { readJsonBody } from '../wire/body.ts';
import { parseOpenaiSpeech } from '../wire/openai-speech.ts';

/** OpenAI's audio surface; some clients leave out `/v1`. */
export function openaiRoutes(app: Hono<HttpEnv>, options: HttpOptions): void {
  const { limits, readTimeout, clock } = options;
  for (const path of ['/v1/audio/speech', '/audio/speech']) {
    app.post(path, async (c) => {
      const body = await readJsonBody(c.req.raw, { maxBytes: limits.maxBody, timeout: readTimeout, clock });
      const { request, output } = parseOpenaiSpeech(body, limits);
      const speech = await speak(request, output, options, c.req.raw.signal);
      return respond(speech, `inline; filename="speech.${speech.extension}"`);
    });
    only(app, path, 'POST');
  }
}
