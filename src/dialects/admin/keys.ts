import type { Context, Hono } from 'hono';
import { invalid, SpeechFailure } from '../../core/errors.ts';
import { auditOf } from '../../http/admin.ts';
import { allowMethods } from '../../http/allow-methods.ts';
import { readJsonBody } from '../../http/body.ts';
import { bodyLimits } from '../../http/body-limits.ts';
import type { HttpEnv } from '../../http/env.ts';
import { parseFields } from '../../http/fields.ts';
import type { DialectDeps } from '../../http/options.ts';
import { bodyRules } from '../../http/receive.ts';
import { KeyNameTaken } from '../../services/key-editor.ts';
import type { NamedKey } from '../../services/keys.ts';
import { keyBody, keyChange } from './key-fields.ts';

const path = '/v1/admin/keys';

/** What `fish-ctl keys` does. A key is shown once, in the answer that made it; its hash never. */
export function keyRoutes(app: Hono<HttpEnv>, deps: DialectDeps): void {
  const rules = bodyRules(deps, bodyLimits(deps.limits).few);
  const bodyOf = (c: Context<HttpEnv>): Promise<unknown> => readJsonBody(c.req.raw, rules, c.get('client'));
  const editor = () => {
    if (!deps.admin) throw new SpeechFailure({ code: 'not_found' });
    return deps.admin.keys;
  };
  /** Who is let in is asked anew at once: a key that was withdrawn must not speak for some more seconds. */
  const changed = (c: Context<HttpEnv>, action: string, name: string): void => {
    deps.keys.reread();
    auditOf(c, deps)(`admin.key.${action}`, { name });
  };

  app.get(path, async (c) => {
    const keys = await editor().list();
    return c.json({ object: 'list', data: keys.map((key) => showKey(key)) });
  });
  app.post(path, async (c) => {
    const asked = parseFields(keyBody, await bodyOf(c));
    const { key, secret } = await editor()
      .add(asked)
      .catch((error: unknown) => {
        throw error instanceof KeyNameTaken ? invalid(error.message, 'name') : error;
      });
    changed(c, 'created', key.name);
    return c.json({ ...showKey(key), key: secret }, 201);
  });
  app.patch(`${path}/:name`, async (c) => {
    const name = c.req.param('name');
    const key = await editor().change(name, parseFields(keyChange, await bodyOf(c)));
    if (!key) throw new SpeechFailure({ code: 'not_found' });
    changed(c, 'changed', name);
    return c.json(showKey(key));
  });
  app.delete(`${path}/:name`, async (c) => {
    const name = c.req.param('name');
    if (!(await editor().remove(name))) throw new SpeechFailure({ code: 'not_found' });
    changed(c, 'deleted', name);
    return c.json({ id: name, object: 'admin.key.deleted', deleted: true });
  });
  allowMethods(app, path, 'GET, POST, HEAD');
  allowMethods(app, `${path}/:name`, 'PATCH, DELETE');
}

function showKey({ name, rate, characters, admin, created, expires }: NamedKey): object {
  return {
    object: 'admin.key',
    name,
    rate: rate ?? null,
    characters: characters ?? null,
    admin: admin === true,
    created,
    expires: expires ?? null,
  };
}
