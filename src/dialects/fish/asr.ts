import type { Hono } from 'hono';
import * as z from 'zod';
import { allowMethods } from '../../http/allow-methods.ts';
import { readFishBody } from '../../http/body.ts';
import type { HttpEnv } from '../../http/env.ts';
import { booleanField, optional, parseFields, textField, unsetWhenEmpty } from '../../http/fields.ts';
import type { DialectDeps } from '../../http/options.ts';
import { bodyRules } from '../../http/receive.ts';
import { availableRecogniser, transcribeWhole } from '../../http/transcribe.ts';

export const asrSchema = z.object(
  {
    audio: z
      .instanceof(Uint8Array, { error: 'audio must be the bytes of a file' })
      .refine((audio) => audio.length > 0, { error: 'audio must not be empty' })
      .meta({ type: 'string', format: 'binary' }), // in the description of the API
    language: optional(textField('language', 64), unsetWhenEmpty),
    ignore_timestamps: optional(booleanField('ignore_timestamps'), unsetWhenEmpty),
  },
  { error: 'The body must be an object.' },
);

/** `POST /v1/asr` of the Fish Audio cloud (docs/api.md): msgpack or a form in, text with the times of its segments out. */
export function fishAsrRoutes(app: Hono<HttpEnv>, options: DialectDeps): void {
  const { transcription } = options;
  const rules = bodyRules(options, options.limits.maxBody);
  app.post('/v1/asr', async (c) => {
    const recogniser = await availableRecogniser(transcription);
    const { fields } = await readFishBody(c.req.raw, rules, c.get('client'));
    const { audio, language, ignore_timestamps: isUntimed = true } = parseFields(asrSchema, fields);
    const file = audio.slice(); // a part of the body: the recogniser takes its bytes away
    const { text, seconds, segments, engine } = await transcribeWhole(
      recogniser,
      file,
      language,
      c.req.raw.signal,
    );
    c.header('x-engine', engine);
    c.header('cache-control', 'no-store');
    return c.json({ text, duration: rounded(seconds), segments: isUntimed ? [] : segments.map(toJson) });
  });
  allowMethods(app, '/v1/asr', 'POST');
}

function toJson({ text, start, end }: { text: string; start: number; end: number }): object {
  return { text, start: rounded(start), end: rounded(end) };
}

/** Seconds, to the millisecond. */
function rounded(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}
