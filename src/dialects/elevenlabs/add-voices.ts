import type { Context, Hono } from 'hono';
import * as z from 'zod';
import { invalid } from '../../core/errors.ts';
import { allowMethods } from '../../http/allow-methods.ts';
import {
  addCustomVoice,
  consentField,
  descriptionField,
  oneFile,
  transcriptField,
  voiceNameField,
  voiceUserOf,
} from '../../http/custom-voices.ts';
import type { HttpEnv } from '../../http/env.ts';
import { optional, parseFields, unsetWhenEmpty } from '../../http/fields.ts';
import type { DialectDeps } from '../../http/options.ts';
import { readVoiceUpload } from '../../http/voice-upload.ts';

export const oneVoice = '/elevenlabs/v1/voices/:id';
const add = '/elevenlabs/v1/voices/add';
const edit = '/elevenlabs/v1/voices/:id/edit';

/**
 * ElevenLabs' way to make a voice of a recording, and to change and delete it. Its form has no fields for what is said and who
 * agreed: clients may say both in `labels`.
 */
export function addVoiceRoutes(app: Hono<HttpEnv>, options: DialectDeps): void {
  const { voices } = options;
  const idOf = (c: Context<HttpEnv>): string => c.req.param('id') ?? '';

  app.post(add, async (c) => {
    voices.checkPossible();
    const { fields, files } = await readVoiceUpload(c.req.raw, options, c.get('client'), 'form');
    const { name, description, labels } = parseFields(voiceForm, fields);
    const { transcript = '', consent: who = null } = labels ?? {};
    const asked = { name, description, transcript, consent: { who }, file: oneFile(files, 'files') };
    const { voice } = await addCustomVoice(c, asked, options);
    return c.json({ voice_id: voice.id, requires_verification: false });
  });
  allowMethods(app, add, 'POST');

  app.delete(oneVoice, async (c) => {
    await voices.delete(idOf(c), await voiceUserOf(c, options));
    return c.json({ status: 'ok' });
  });

  app.post(edit, async (c) => {
    const { fields, files } = await readVoiceUpload(c.req.raw, options, c.get('client'), 'form');
    if (files.length > 0) throw invalid('files cannot change: add another voice', 'files');
    const { name, description } = parseFields(voiceForm, fields);
    await voices.change(idOf(c), { name, description }, await voiceUserOf(c, options));
    return c.json({ status: 'ok' });
  });
  allowMethods(app, edit, 'POST');
}

/** Clients send an object as JSON in the text of a field. */
function fromJson(value: unknown): unknown {
  if (typeof value !== 'string' || value === '') return value === '' ? undefined : value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

export const voiceForm = z.object({
  name: voiceNameField('name'),
  description: optional(descriptionField(), unsetWhenEmpty),
  labels: optional(
    z.object(
      {
        transcript: optional(transcriptField('labels.transcript')),
        consent: optional(consentField('labels.consent'), unsetWhenEmpty),
      },
      { error: 'labels must be an object in JSON' },
    ),
    fromJson,
  ),
});
