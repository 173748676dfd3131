import type { Hono } from 'hono';
import * as z from 'zod';
import { SpeechFailure } from '../../core/errors.ts';
import { resolveVoice } from '../../core/voices.ts';
import { allowMethods } from '../../http/allow-methods.ts';
import { readJsonBody } from '../../http/body.ts';
import { bodyLimits } from '../../http/body-limits.ts';
import type { HttpEnv } from '../../http/env.ts';
import { parseFields } from '../../http/fields.ts';
import type { DialectDeps } from '../../http/options.ts';
import { type BodyRules, bodyRules } from '../../http/receive.ts';
import { boundWork } from '../../stream/deadline.ts';
import { voiceField } from './speech-fields.ts';

/** Loading is reading a file and compiling a graph: what takes longer than this hangs. */
const WARM_MS = 120_000;

export const prewarmBody = z.object({ voice: voiceField }, { error: 'The body must be an object.' });

/**
 * `POST /v1/audio/prewarm {"voice"?}`: answers when the voice can speak without a wait. Fish-Speech origins load their own
 * voices: there it opens the connection. `resource_id` and `language` of older servers are ignored.
 */
export function prewarmRoutes(app: Hono<HttpEnv>, options: DialectDeps): void {
  const { engine, limits, ports } = options;
  const rules = bodyRules(options, bodyLimits(limits).few);
  /** By voice: who asks again waits for the same. There are no more than voices. */
  const warming = new Map<string, Promise<void>>();
  const path = '/v1/audio/prewarm';

  const load = (voice: string): Promise<void> => {
    const running = warming.get(voice);
    if (running) return running;
    const work = (engine.warm?.(voice) ?? Promise.resolve()).finally(() => warming.delete(voice));
    warming.set(voice, work);
    return work;
  };
  const warm = async (asked: string | undefined, signal: AbortSignal): Promise<boolean> => {
    if (!engine.warm) return (await engine.health?.(signal))?.healthy ?? true;
    const { id } = resolveVoice(asked, await engine.voices());
    const work = boundWork(ports.clock, signal);
    work.limit(WARM_MS, () => new SpeechFailure({ code: 'timeout', stage: 'first-audio' }));
    try {
      await work.race(load(id));
      return true;
    } finally {
      work.end();
    }
  };

  app.post(path, async (c) => {
    const { voice } = parseFields(prewarmBody, await bodyOf(c.req.raw, rules, c.get('client')));
    const ready = await warm(voice, c.req.raw.signal);
    return c.json({ status: 'accepted', ready, engine: engine.id });
  });
  allowMethods(app, path, 'POST');
}

/** No body at all means the default voice. */
async function bodyOf(request: Request, rules: BodyRules, client: string): Promise<unknown> {
  const isEmpty = !request.headers.has('content-type') && !Number(request.headers.get('content-length') ?? 0);
  return isEmpty ? {} : readJsonBody(request, rules, client);
}
