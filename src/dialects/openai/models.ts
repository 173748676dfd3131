import type { Hono } from 'hono';
import * as z from 'zod';
import type { PackState } from '../../core/engine.ts';
import { SpeechFailure } from '../../core/errors.ts';
import { allowMethods } from '../../http/allow-methods.ts';
import { allVoicesFor, customVoicesFor, showCustomVoice, showVoice } from '../../http/custom-voices.ts';
import type { HttpEnv } from '../../http/env.ts';
import { parseFields } from '../../http/fields.ts';
import type { DialectDeps } from '../../http/options.ts';
import type { Transcription } from '../../recognizer/recognizer.ts';
import { isModelName, modelNames } from '../../speech/models.ts';

/** Clients want a number; a name has no day on which it was made. */
const created = Date.UTC(2026, 0, 1) / 1000;

type Sources = Pick<DialectDeps, 'engine' | 'transcription' | 'voices' | 'keys'>;

/** What clients call a recogniser, and what it is. */
async function listeners(transcription: Transcription | undefined): Promise<readonly string[]> {
  if (!transcription || !(await transcription.available())) return [];
  return [...new Set(['whisper-1', transcription.model])];
}

function describe(id: string): object {
  return { id, object: 'model', created, owned_by: 'fish-edge', name: id };
}

/** `state`: `loaded`, or `installed` where the first request has to wait until it is. */
function describePack({ id, isDefault, isLoaded, languages, license }: PackState): object {
  const state = isLoaded ? 'loaded' : 'installed';
  return { id, object: 'voice_pack', state, default: isDefault, languages, license };
}

/**
 * `GET /v1/models` (OpenAI API reference) and `/v1/audio/models` (Open WebUI reads `models[].id`), in one body; `voice_packs` are
 * fish-edge's own: what is installed on this machine, and how it is. A single
 * model lists the voices too, as Home Assistant's Wyoming bridge looks for them there.
 */
export function modelRoutes(app: Hono<HttpEnv>, options: Sources): void {
  const { transcription } = options;
  const lists = ['/models', '/audio/models'];
  app.on('GET', lists, async (c) => {
    const data = [...modelNames, ...(await listeners(transcription))].map(describe);
    const packs = (await options.engine.packs?.()) ?? [];
    return c.json({ object: 'list', data, models: data, voice_packs: packs.map(describePack) });
  });
  allowMethods(app, lists, 'GET, HEAD');

  const one = '/models/:id{.+}';
  app.get(one, async (c) => {
    const id = c.req.param('id');
    if ((await listeners(transcription)).includes(id)) return c.json({ ...describe(id), voices: [] });
    if (!isModelName(id)) throw new SpeechFailure({ code: 'model_not_found', model: id });
    const voices = (await allVoicesFor(c, options)).map(({ id, name }) => ({ id, name }));
    return c.json({ ...describe(id), voices });
  });
  allowMethods(app, one, 'GET, HEAD');
}

export const voicesQuery = z.object({
  legacy: z.enum(['true', 'false'], { error: 'legacy must be true or false' }).optional(),
});

/**
 * The voices, in the shapes that clients know in one body (docs/dialects.md): a list with `data`, and `voices` as objects,
 * whose id ElevenLabs' clients call `voice_id`; `?legacy=true` gives their ids alone, as old clients want.
 */
export function voiceRoutes(app: Hono<HttpEnv>, options: Sources): void {
  const paths = ['/audio/voices', '/voices'];
  app.on('GET', paths, async (c) => {
    const { legacy } = parseFields(voicesQuery, c.req.query());
    const [voices, custom] = await Promise.all([options.engine.voices(), customVoicesFor(c, options)]);
    if (legacy === 'true') {
      return c.json({ voices: [...voices, ...custom].map(({ id }) => id) });
    }
    const data = [...voices.map(showVoice), ...custom.map(showCustomVoice)];
    return c.json({ object: 'list', data, voices: data });
  });
  allowMethods(app, '/audio/voices', 'GET, HEAD');
  allowMethods(app, '/voices', 'GET, POST, HEAD');
}
