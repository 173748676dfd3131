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
  const { engine, limits, ports } = options;
  const rules = { maxBytes: limits.maxBody, timeout: options.readTimeout, clock: ports.clock };
  for (const path of ['/v1/audio/speech', '/audio/speech']) {
    app.post(path, async (c) => {
      const body = await readJsonBody(c.req.raw, rules);
      const { request, output } = parseOpenaiSpeech(body, limits);
      const speech = await speak(request, output, { engine, ...ports }, c.req.raw.signal);
      return respond(c, speech, `inline; filename="speech.${speech.extension}"`);
    });
    only(app, path, 'POST');
  }
}
