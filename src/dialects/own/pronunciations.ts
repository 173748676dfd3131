import type { Context, Hono } from 'hono';
import { SpeechFailure } from '../../core/errors.ts';
import { allowMethods } from '../../http/allow-methods.ts';
import { readJsonBody } from '../../http/body.ts';
import { bodyLimits } from '../../http/body-limits.ts';
import type { HttpEnv } from '../../http/env.ts';
import type { DialectDeps } from '../../http/options.ts';
import { bodyRules } from '../../http/receive.ts';
import { type DictionaryUser, dictionaryUser } from '../../services/pronunciations.ts';
import { parsePronunciation, showPronunciation } from './pronunciation-fields.ts';

const path = '/v1/pronunciations';

/** Words that every engine says as it was taught. */
export function pronunciationRoutes(app: Hono<HttpEnv>, options: DialectDeps): void {
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
