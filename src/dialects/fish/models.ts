import type { Hono } from 'hono';
import * as z from 'zod';
import {
  addCustomVoice,
  descriptionField,
  oneFile,
  transcriptField,
  voiceNameField,
} from '../../http/custom-voices.ts';
import type { HttpEnv } from '../../http/env.ts';
import { choiceField, optional, parseFields, unsetWhenEmpty } from '../../http/fields.ts';
import type { DialectDeps } from '../../http/options.ts';
import { readVoiceUpload } from '../../http/voice-upload.ts';
import type { CustomVoice } from '../../services/custom-voice.ts';

/**
 * The Fish Audio cloud's `POST /model`: a voice of a recording. Its form has no field for who agreed. `visibility` changes
 * nothing: a voice is its key's own until that says otherwise at `/v1/voices`.
 */
export function addModelRoute(
  app: Hono<HttpEnv>,
  options: DialectDeps,
  show: (voice: CustomVoice) => object,
): void {
  app.post('/model', async (c) => {
    options.voices.checkPossible();
    const { fields, files } = await readVoiceUpload(c.req.raw, options, c.get('client'), 'form');
    const { title, description, texts = '' } = parseFields(newModel, fields);
    const about = { name: title, description, transcript: texts, consent: { who: null } };
    const { voice } = await addCustomVoice(c, { ...about, file: oneFile(files, 'voices') }, options);
    return c.json(show(voice), 201);
  });
}

export const newModel = z.object({
  type: optional(choiceField('type', ['tts']), unsetWhenEmpty),
  train_mode: optional(choiceField('train_mode', ['fast', 'full']), unsetWhenEmpty),
  title: voiceNameField('title'),
  description: optional(descriptionField(), unsetWhenEmpty),
  texts: optional(transcriptField('texts'), unsetWhenEmpty),
});

/** Of `PATCH /model/{id}`. */
export const modelChange = z.object(
  {
    title: optional(voiceNameField('title'), unsetWhenEmpty),
    description: optional(descriptionField()),
  },
  { error: 'The body must be an object.' },
);
