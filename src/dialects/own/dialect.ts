import type { Context, Hono } from 'hono';
import * as z from 'zod';
import { invalid, SpeechFailure } from '../../core/errors.ts';
import type { Pronunciation } from '../../core/request.ts';
import { allowMethods } from '../../http/allow-methods.ts';
import { readJsonBody } from '../../http/body.ts';
import { bodyLimits } from '../../http/body-limits.ts';
import type { HttpEnv } from '../../http/env.ts';
import { usualErrorBody } from '../../http/error-response.ts';
import { booleanField, optional, parseFields, textField } from '../../http/fields.ts';
import type { DialectDeps, HttpDialect } from '../../http/options.ts';
import { bodyRules } from '../../http/receive.ts';
import {
  type DictionaryUser,
  dictionaryUser,
  type OwnedPronunciation,
} from '../../services/pronunciations.ts';
import { isSpeakable } from '../../speech/speakable.ts';
import { characterRoutes } from './characters.ts';
import { conversationRoutes } from './conversations.ts';
import { receiptRoutes, voiceRoutes } from './voices.ts';

/** What no other server has. */
export const own: HttpDialect = {
  name: 'own',
  paths: ['/v1/pronunciations/*', '/v1/usage/*', '/v1/voices/*', '/v1/characters/*', '/v1/conversations/*'],
  errorBody: usualErrorBody,
  mount(app, deps) {
    pronunciationRoutes(app, deps);
    usageRoutes(app, deps);
    voiceRoutes(app, deps);
    receiptRoutes(app, deps);
    characterRoutes(app, deps);
    conversationRoutes(app, deps);
  },
};

const usagePath = '/v1/usage';

/** What the key that asks has used, month by month. */
function usageRoutes(app: Hono<HttpEnv>, { usage }: Pick<DialectDeps, 'usage'>): void {
  app.get(usagePath, async (c) => {
    const key = c.get('key')?.name;
    const months = key === undefined ? [] : [...(await usage.read(key))];
    const data = months.map(([month, { requests, characters, audioSeconds }]) => {
      return { month, requests, characters, audio_seconds: Math.round(audioSeconds * 10) / 10 };
    });
    c.header('cache-control', 'no-store');
    return c.json({ object: 'list', key: key ?? null, data });
  });
  allowMethods(app, usagePath, 'GET, HEAD');
}

const path = '/v1/pronunciations';

/** Words that every engine says as it was taught. */
function pronunciationRoutes(app: Hono<HttpEnv>, options: DialectDeps): void {
  const { dictionary } = options;
  const rules = bodyRules(options, bodyLimits(options.limits).few);

  app.get(path, async (c) =>
    c.json({ object: 'list', data: (await dictionary.list(userOf(c))).map(showPronunciation) }),
  );
  app.post(path, async (c) => {
    const id = `pron_${crypto.randomUUID().replaceAll('-', '')}`;
    const { entry, shared } = parsePronunciation(await readJsonBody(c.req.raw, rules, c.get('client')), id);
    return c.json(showPronunciation(await dictionary.add(entry, userOf(c), shared)), 201);
  });
  app.get(`${path}/:id`, async (c) => {
    const entry = await dictionary.get(c.req.param('id'), userOf(c));
    if (!entry) throw new SpeechFailure({ code: 'not_found' });
    return c.json(showPronunciation(entry));
  });
  app.delete(`${path}/:id`, async (c) => {
    const id = c.req.param('id');
    if (!(await dictionary.delete(id, userOf(c)))) throw new SpeechFailure({ code: 'not_found' });
    return c.json({ id, object: 'pronunciation', deleted: true });
  });
  allowMethods(app, path, 'GET, POST, HEAD');
  allowMethods(app, `${path}/:id`, 'GET, DELETE, HEAD');
}

function userOf(c: Context<HttpEnv>): DictionaryUser {
  return dictionaryUser(c.get('key'));
}

const MAX_WORD = 100;
const MAX_SOUND = 200;

const body = z.object(
  {
    word: textField('word', MAX_WORD).refine(isSpeakable, { error: 'word must have a letter or a digit' }),
    alias: optional(textField('alias', MAX_SOUND).refine(isSpeakable, { error: 'alias must say something' })),
    ipa: optional(
      textField('ipa', MAX_SOUND).refine((text) => /^[\p{L}\p{M}\p{Lm}\p{Sk}ˈˌːˑ.‿ ]+$/u.test(text), {
        error: 'ipa must be written in the International Phonetic Alphabet',
      }),
    ),
    language: optional(
      z.string({ error: 'language must be a string' }).regex(/^[a-z]{2,3}(-[a-z0-9]{2,8}){0,3}$/i, {
        error: 'language must be a BCP 47 tag, for example en-US',
      }),
    ),
    voice: optional(textField('voice', 256)),
    case_sensitive: optional(booleanField('case_sensitive')),
    shared: optional(booleanField('shared')),
  },
  { error: 'The body must be an object.' },
);

interface AskedPronunciation {
  readonly entry: Pronunciation;
  /** Whether it is for all keys, where the client said so. */
  readonly shared: boolean | undefined;
}

/** A body of `POST /v1/pronunciations`. @throws SpeechFailure invalid_value naming the first bad field */
function parsePronunciation(content: unknown, id: string): AskedPronunciation {
  const fields = parseFields(body, content);
  const { word, alias, ipa, language, voice, case_sensitive: caseSensitive, shared } = fields;
  if ((alias === undefined) === (ipa === undefined)) throw invalid('Give either alias or ipa.', 'alias');
  const entry = { id, word: word.trim().normalize('NFC'), alias, ipa, language, voice, caseSensitive };
  return { entry, shared };
}

function showPronunciation(entry: OwnedPronunciation): object {
  const { id, word, alias, ipa, language, voice, caseSensitive } = entry;
  const shown = { word, alias, ipa, language, voice, case_sensitive: caseSensitive ?? false };
  const shared = entry.owner === undefined;
  return { id, object: 'pronunciation', ...shown, shared };
}
