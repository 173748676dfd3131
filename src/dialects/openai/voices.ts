import { zValidator } from '@hono/zod-validator';
import type { Hono } from 'hono';
import * as z from 'zod';
import type { Engine } from '../../core/engine.ts';
import { invalid } from '../../core/errors.ts';
import { allowMethods } from '../../http/allow-methods.ts';
import type { HttpEnv } from '../../http/env.ts';

const query = z.object({ legacy: z.enum(['true', 'false']).optional() });

/**
 * The voices, in the shapes that clients know in one body (docs/dialects.md): a list with `data`, and `voices` as objects,
 * whose id ElevenLabs' clients call `voice_id`; `?legacy=true` gives their ids alone, as old clients want.
 */
export function voiceRoutes(app: Hono<HttpEnv>, { engine }: { readonly engine: Engine }): void {
  const checked = zValidator('query', query, (result) => {
    if (!result.success) throw invalid('legacy must be true or false', 'legacy');
  });
  const paths = ['/audio/voices', '/voices'];
  app.on('GET', paths, checked, async (c) => {
    const voices = await engine.voices();
    if (c.req.valid('query').legacy === 'true') return c.json({ voices: voices.map(({ id }) => id) });
    const data = voices.map(({ id, name, description, language }) => {
      return { id, voice_id: id, object: 'audio.voice', name, description, language };
    });
    return c.json({ object: 'list', data, voices: data });
  });
  allowMethods(app, paths, 'GET, HEAD');
}
