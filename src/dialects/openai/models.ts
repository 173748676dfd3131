import { zValidator } from '@hono/zod-validator';
import type { Hono } from 'hono';
import * as z from 'zod';
import type { Engine, PackState } from '../../core/engine.ts';
import { invalid, SpeechFailure } from '../../core/errors.ts';
import { allowMethods } from '../../http/allow-methods.ts';
import type { HttpEnv } from '../../http/env.ts';
import type { Transcription } from '../../recognizer/recognizer.ts';
import { isModelName, modelNames } from '../../speech/models.ts';

/** Clients want a number; a name has no day on which it was made. */
const created = Date.UTC(2026, 0, 1) / 1000;

interface ModelSources {
  readonly engine: Engine;
  readonly transcription?: Transcription | undefined;
}

/** What clients call a recogniser, and what it is. */
async function listeners(transcription: Transcription | undefined): Promise<readonly string[]> {
  if (!transcription || !(await transcription.available())) return [];
  return [...new Set(['whisper-1', transcription.model])];
}

function describe(id: string): object {
  return { id, object: 'model', created, owned_by: 'fish-edge', name: id };
}

/** `state`: `loaded`, or `installed` where the first request has to wait until it is. */
function describePack({ id, isDefault, isLoaded }: PackState): object {
  return { id, object: 'voice_pack', state: isLoaded ? 'loaded' : 'installed', default: isDefault };
}

/**
 * `GET /v1/models` (OpenAI API reference) and `/v1/audio/models` (Open WebUI reads `models[].id`), in one body; `voice_packs` are
 * fish-edge's own: what is installed on this machine, and how it is. A single
 * model lists the voices too, as Home Assistant's Wyoming bridge looks for them there.
 */
export function modelRoutes(app: Hono<HttpEnv>, { engine, transcription }: ModelSources): void {
  const lists = ['/models', '/audio/models'];
  app.on('GET', lists, async (c) => {
    const data = [...modelNames, ...(await listeners(transcription))].map(describe);
    const packs = (await engine.packs?.()) ?? [];
    return c.json({ object: 'list', data, models: data, voice_packs: packs.map(describePack) });
  });
  allowMethods(app, lists, 'GET, HEAD');

  const one = '/models/:id{.+}';
  app.get(one, async (c) => {
    const id = c.req.param('id');
    if ((await listeners(transcription)).includes(id)) return c.json({ ...describe(id), voices: [] });
    if (!isModelName(id)) throw new SpeechFailure({ code: 'model_not_found', model: id });
    const voices = (await engine.voices()).map((voice) => ({ id: voice.id, name: voice.name }));
    return c.json({ ...describe(id), voices });
  });
  allowMethods(app, one, 'GET, HEAD');
}

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
