import type { Hono } from 'hono';
import type { Engine } from '../../core/engine.ts';
import { SpeechFailure } from '../../core/errors.ts';
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

/**
 * `GET /v1/models` (OpenAI API reference) and `/v1/audio/models` (Open WebUI reads `models[].id`), in one body. A single
 * model lists the voices too, as Home Assistant's Wyoming bridge looks for them there.
 */
export function modelRoutes(app: Hono<HttpEnv>, { engine, transcription }: ModelSources): void {
  const lists = ['/models', '/audio/models'];
  app.on('GET', lists, async (c) => {
    const data = [...modelNames, ...(await listeners(transcription))].map(describe);
    return c.json({ object: 'list', data, models: data });
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
