import type { Context, Hono } from 'hono';
import * as z from 'zod';
import { SpeechFailure } from '../../core/errors.ts';
import { resolveVoice } from '../../core/voices.ts';
import { allowMethods } from '../../http/allow-methods.ts';
import { readJsonBody } from '../../http/body.ts';
import { bodyLimits } from '../../http/body-limits.ts';
import {
  addCustomVoice,
  consentField,
  descriptionField,
  oneFile,
  showConsent,
  showCustomVoice,
  showVoice,
  transcriptField,
  voiceNameField,
  voiceUserOf,
} from '../../http/custom-voices.ts';
import type { HttpEnv } from '../../http/env.ts';
import { booleanField, optional, parseFields, unsetWhenEmpty } from '../../http/fields.ts';
import type { DialectDeps } from '../../http/options.ts';
import { bodyRules } from '../../http/receive.ts';
import { answerKept } from '../../http/respond.ts';
import { readVoiceUpload } from '../../http/voice-upload.ts';

const noStore = { 'cache-control': 'no-store' };
const path = '/v1/voices';

/**
 * `POST /v1/voices` and what becomes of a voice that it made (docs/decisions/0036). The list is one with that of the other
 * surfaces, see `dialects/openai/models.ts`.
 */
export function voiceRoutes(app: Hono<HttpEnv>, options: DialectDeps): void {
  const { engine, voices } = options;
  const few = bodyRules(options, bodyLimits(options.limits).few);
  const idOf = (c: Context<HttpEnv>): string => c.req.param('id') ?? '';

  app.post(path, async (c) => {
    voices.checkPossible(); // before megabytes are taken
    const upload = await readVoiceUpload(c.req.raw, options, c.get('client'), 'form or JSON');
    const { name, description, transcript, consent, shared } = parseFields(addSchema, nested(upload.fields));
    const file = oneFile(upload.files, 'reference');
    const asked = { name, description, transcript, consent, shared, file };
    const { voice, isNew } = await addCustomVoice(c, asked, options);
    return c.json(showCustomVoice(voice), isNew ? 201 : 200, noStore);
  });

  app.get(`${path}/:id`, async (c) => {
    const { owner } = await voiceUserOf(c, options);
    const custom = await voices.find(idOf(c), owner);
    if (custom) return c.json(showCustomVoice(custom), 200, noStore);
    return c.json(showVoice(resolveVoice(idOf(c), await engine.voices())));
  });
  app.patch(`${path}/:id`, async (c) => {
    const change = parseFields(changeSchema, await readJsonBody(c.req.raw, few, c.get('client')));
    const voice = await voices.change(idOf(c), change, await voiceUserOf(c, options));
    return c.json(showCustomVoice(voice), 200, noStore);
  });
  app.delete(`${path}/:id`, async (c) => {
    const id = idOf(c);
    await voices.delete(id, await voiceUserOf(c, options));
    return c.json({ id, object: 'audio.voice.deleted', deleted: true }, 200, noStore);
  });
  app.get(`${path}/:id/preview`, async (c) => {
    const voice = await voices.get(idOf(c), await voiceUserOf(c, options));
    const bytes = await voices.recording(voice);
    return answerKept(c.req.raw, { bytes, contentType: 'audio/wav', etag: `"${voice.id}"`, ageMs: 0 });
  });
  allowMethods(app, `${path}/:id`, 'GET, PATCH, DELETE, HEAD');
  allowMethods(app, `${path}/:id/preview`, 'GET, HEAD');
}

const receiptPath = '/v1/audio/speech/:id{[0-9a-f]{32}}/receipt';

/** What was said with a custom voice, for the key that had it said: see `X-Speech-ID`. */
export function receiptRoutes(app: Hono<HttpEnv>, options: DialectDeps): void {
  app.get(receiptPath, async (c) => {
    const { owner } = await voiceUserOf(c, options);
    const found = await options.receipts.find(c.req.param('id'), owner);
    if (!found) throw new SpeechFailure({ code: 'not_found' });
    const { receipt, signed, signature } = found;
    const shown = { ...receipt, consent: showConsent(receipt.consent) };
    return c.json({ ...shown, signed, signature, algorithm: 'HMAC-SHA256' }, 200, noStore);
  });
  allowMethods(app, receiptPath, 'GET, HEAD');
}

/** Forms name members of an object in brackets. */
function nested(fields: Readonly<Record<string, unknown>>): object {
  const { 'consent[who]': who, 'consent[when]': when, ...rest } = fields;
  return who === undefined ? rest : { ...rest, consent: { who, when } };
}

const notAnObject = { error: 'The body must be an object.' };
const shared = optional(booleanField('shared'), unsetWhenEmpty);

/** Who agreed, in words; or that and when. */
const consent = z.preprocess(
  (value) => (typeof value === 'string' ? { who: value } : value),
  z.object(
    {
      who: consentField('consent'),
      when: optional(
        z.iso.datetime({ offset: true, error: 'consent.when must be a time (ISO 8601)' }),
        unsetWhenEmpty,
      ),
    },
    { error: 'consent is required: who agreed that this voice is made' },
  ),
);

export const addSchema = z.object(
  {
    name: voiceNameField('name'),
    description: optional(descriptionField()),
    transcript: transcriptField('transcript').refine((text) => text.trim() !== '', {
      error: 'transcript must say what is said in the recording',
    }),
    consent,
    shared,
  },
  notAnObject,
);

/** The id stands for the recording and its transcript: they cannot change. */
export const changeSchema = z.object(
  {
    name: optional(voiceNameField('name')),
    description: optional(descriptionField()),
    shared,
    transcript: z
      .never({ error: 'transcript cannot change: add the recording anew with another one' })
      .optional(),
    consent: z.never({ error: 'consent cannot change: it was given when the voice was added' }).optional(),
  },
  notAnObject,
);
