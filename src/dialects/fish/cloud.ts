import type { Context, Hono } from 'hono';
import * as z from 'zod';
import { SpeechFailure } from '../../core/errors.ts';
import type { Voice } from '../../core/voices.ts';
import { allowMethods } from '../../http/allow-methods.ts';
import { readFishBody } from '../../http/body.ts';
import { bodyLimits } from '../../http/body-limits.ts';
import { asVoice, customVoicesFor, showConsent, voiceUserOf } from '../../http/custom-voices.ts';
import type { HttpEnv } from '../../http/env.ts';
import {
  booleanField,
  choiceField,
  integerField,
  optionalText,
  parseFields,
  textField,
} from '../../http/fields.ts';
import type { DialectDeps } from '../../http/options.ts';
import { bodyRules } from '../../http/receive.ts';
import type { CustomVoice } from '../../services/custom-voice.ts';
import { addModelRoute, modelChange } from './models.ts';

/** Keys have limits of rate and no balance: what a client reads is that there is enough. */
const UNLIMITED = 1_000_000_000;

/** What the clients of the Fish Audio cloud ask for besides speech: voices (`/model`) and the balance of a key (`/wallet`). */
export function fishCloudRoutes(app: Hono<HttpEnv>, options: DialectDeps): void {
  const { engine, voices: custom } = options;
  const few = bodyRules(options, bodyLimits(options.limits).few);
  const findCustom = async (c: Context<HttpEnv>): Promise<CustomVoice | undefined> =>
    custom.find(idOf(c), (await voiceUserOf(c, options)).owner);
  const find = async (id: string): Promise<Voice> => {
    const voice = (await engine.voices()).find((each) => each.id === id || each.aliases.includes(id));
    if (!voice) throw new SpeechFailure({ code: 'voice_not_found', voice: id });
    return voice;
  };
  const idOf = (c: Context<HttpEnv>): string => c.req.param('id') ?? '';

  app.get('/model', async (c) => {
    const { page, size, fits } = parseModelQuery(new URL(c.req.url).searchParams);
    const [voices, customs] = await Promise.all([engine.voices(), customVoicesFor(c, options)]);
    const own = new Map(customs.map((voice) => [voice.id, voice]));
    const found = [...voices, ...customs.map(asVoice)].filter(fits);
    const items = found.slice((page - 1) * size, page * size).map((voice) => {
      const made = own.get(voice.id);
      return made ? customModel(made) : fishModel(voice);
    });
    return c.json({
      total: found.length,
      items,
      has_more: page * size < found.length,
      window_limited: false,
      total_is_exact: true,
    });
  });
  addModelRoute(app, options, customModel);
  allowMethods(app, '/model', 'GET, POST, HEAD');

  app.get('/model/:id', async (c) => {
    const made = await findCustom(c);
    return c.json(made ? customModel(made) : fishModel(await find(idOf(c))));
  });
  app.patch('/model/:id', async (c) => {
    const made = await findCustom(c);
    if (!made) {
      await find(idOf(c));
      throw notYet('The voices of this server cannot be changed.');
    }
    const { fields } = await readFishBody(c.req.raw, few, c.get('client'));
    const { title: name, description } = parseFields(modelChange, fields);
    await custom.change(made.id, { name, description }, await voiceUserOf(c, options));
    return c.body(null, 200);
  });
  app.delete('/model/:id', async (c) => {
    const made = await findCustom(c);
    if (made) {
      await custom.delete(made.id, await voiceUserOf(c, options));
      return c.body(null, 200);
    }
    const { id } = await find(idOf(c));
    if (!engine.fish || id === 'default') throw notYet('This voice cannot be deleted.');
    await engine.fish.deleteReference(id, c.req.raw.signal);
    return c.body(null, 200);
  });
  allowMethods(app, '/model/:id', 'GET, PATCH, DELETE, HEAD');

  app.get('/wallet/:user/api-credit', (c) =>
    c.json({
      ...wallet(c),
      credit: String(UNLIMITED),
      cumulative_top_up: '0',
      has_phone_sha256: false,
      has_free_credit: false,
    }),
  );
  app.get('/wallet/:user/package', (c) =>
    c.json({ ...wallet(c), type: 'unlimited', total: UNLIMITED, balance: UNLIMITED, finished_at: '' }),
  );
  for (const path of ['/wallet/:user/api-credit', '/wallet/:user/package'])
    allowMethods(app, path, 'GET, HEAD');
}

function wallet(c: Context<HttpEnv>): object {
  c.header('cache-control', 'no-store');
  const user = c.get('key')?.name ?? 'anonymous';
  return { _id: `wallet-${user}`, user_id: user, created_at: madeAt, updated_at: madeAt };
}

function notYet(message: string): SpeechFailure {
  return new SpeechFailure({ code: 'not_supported', message });
}

/** Voices have no day on which they were made, and clients want one. */
const madeAt = new Date(Date.UTC(2026, 0, 1)).toISOString();
const MAX_NAME = 256;
const MAX_PAGE = 100;
const author = { _id: 'fish-edge', nickname: 'fish-edge', avatar: '' };

/** A voice as the Fish Audio cloud describes its models (docs/api.md): its clients want every member. */
function fishModel({ id, name, description, language }: Voice): object {
  return {
    _id: id,
    type: 'tts',
    title: name,
    description,
    cover_image: '',
    train_mode: 'fast',
    state: 'trained',
    tags: [],
    samples: [],
    created_at: madeAt,
    updated_at: madeAt,
    languages: language === 'mul' ? [] : [primary(language)],
    visibility: 'private',
    lock_visibility: true,
    like_count: 0,
    mark_count: 0,
    shared_count: 0,
    task_count: 0,
    unliked: false,
    liked: false,
    marked: false,
    author,
  };
}

/** The same of a voice that a client made of a recording. */
function customModel(voice: CustomVoice): object {
  const { created: created_at, shared, transcript, consent } = voice;
  const visibility = shared ? 'public' : 'private';
  const made = { created_at, updated_at: created_at, visibility, transcript, consent: showConsent(consent) };
  return { ...fishModel(asVoice(voice)), ...made };
}

/** Which voices are wanted of a list. */
interface ModelQuery {
  readonly page: number;
  readonly size: number;
  fits(voice: Voice): boolean;
}

export const modelQuery = z.object({
  page_size: optionalText(integerField('page_size', { min: 1, max: MAX_PAGE })),
  page_number: optionalText(integerField('page_number', { min: 1, max: 1_000_000 })),
  title: z
    .string()
    .max(MAX_NAME, { error: `title must have at most ${MAX_NAME} characters` })
    .optional(),
  author_id: textField('author_id', MAX_NAME).optional(),
  self: optionalText(booleanField('self')),
  sort_by: optionalText(choiceField('sort_by', ['score', 'task_count', 'created_at'])),
});

/**
 * The query of `GET /model`. Lists come as repeated names, with brackets or without. Voices here have no tags, and all of
 * them belong to this server. @throws SpeechFailure invalid_value
 */
function parseModelQuery(params: URLSearchParams): ModelQuery {
  const fields = parseFields(modelQuery, Object.fromEntries(params));
  const { page_size: size = 10, page_number: page = 1, title = '', author_id } = fields;
  const all = (name: string): string[] =>
    [...params.getAll(name), ...params.getAll(`${name}[]`)].filter((value) => value !== '');
  const languages = all('language').map((language) => primary(language));
  const isTagged = all('tag').length > 0;
  const wanted = title.toLowerCase();
  return {
    page,
    size,
    fits: ({ name, language }) =>
      !isTagged &&
      (author_id === undefined || author_id === author._id) &&
      name.toLowerCase().includes(wanted) &&
      (languages.length === 0 || language === 'mul' || languages.includes(primary(language))),
  };
}

function primary(language: string): string {
  return language.toLowerCase().split(/[-_]/)[0] ?? '';
}
