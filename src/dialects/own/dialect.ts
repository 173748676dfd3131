import type { Context, Hono } from 'hono';
import { SpeechFailure } from '../../core/errors.ts';
import { allowMethods } from '../../http/allow-methods.ts';
import { readJsonBody } from '../../http/body.ts';
import { bodyLimits } from '../../http/body-limits.ts';
import type { HttpEnv } from '../../http/env.ts';
import { usualErrorBody } from '../../http/error-response.ts';
import type { DialectDeps, HttpDialect } from '../../http/options.ts';
import { bodyRules } from '../../http/receive.ts';
import {
  type DictionaryUser,
  dictionaryUser,
  type OwnedPronunciation,
} from '../../services/pronunciations.ts';
import { characterRoutes } from './characters.ts';
import { conversationRoutes } from './conversations.ts';
import { parsePronunciation } from './pronunciation-fields.ts';
import { receiptRoutes, voiceRoutes } from './voices.ts';

/** What no other server has. */
export const own: HttpDialect = {
  name: 'own',
  paths: ['/v1/pronunciations/*', '/v1/usage/*', '/v1/voices/*', '/v1/characters/*', '/v1/conversations/*'],
  errorBody: usualErrorBody,
  describe: async () => (await import('./openapi.ts')).describe(),
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

function showPronunciation(entry: OwnedPronunciation): object {
  const { id, word, alias, ipa, language, voice, caseSensitive } = entry;
  const shown = { word, alias, ipa, language, voice, case_sensitive: caseSensitive ?? false };
  const shared = entry.owner === undefined;
  return { id, object: 'pronunciation', ...shown, shared };
}
