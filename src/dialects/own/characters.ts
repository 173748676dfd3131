import type { Context, Hono } from 'hono';
import * as z from 'zod';
import { SpeechFailure } from '../../core/errors.ts';
import { allowMethods } from '../../http/allow-methods.ts';
import { readJsonBody } from '../../http/body.ts';
import { bodyLimits } from '../../http/body-limits.ts';
import type { HttpEnv } from '../../http/env.ts';
import { booleanField, optional, parseFields, textField, unsetWhenEmpty } from '../../http/fields.ts';
import type { DialectDeps } from '../../http/options.ts';
import { bodyRules } from '../../http/receive.ts';
import { assistant, type Character, createCharacters } from '../../services/characters.ts';
import { ownerOf } from '../../services/pronunciations.ts';

const noStore = { 'cache-control': 'no-store' };
const path = '/v1/characters';

const MAX_NAME = 64;
const MAX_VOICE = 256;
const MAX_PROMPT = 8000;
const MAX_URL = 2048;

/** Those who answer in conversations (docs/api.md). Each key has its own. */
export function characterRoutes(app: Hono<HttpEnv>, deps: DialectDeps): void {
  const characters = createCharacters(deps.state.records);
  const rules = bodyRules(deps, bodyLimits(deps.limits).characters);
  const owner = (c: Context<HttpEnv>): string | undefined => ownerOf(c.get('key'));
  const find = async (c: Context<HttpEnv>): Promise<Character> => {
    const found = await characters.get(c.req.param('id') ?? '', owner(c));
    if (!found) throw new SpeechFailure({ code: 'not_found' });
    return found;
  };

  app.get(path, async (c) => {
    const data = (await characters.list(owner(c))).map(showCharacter);
    return c.json({ object: 'list', data }, 200, noStore);
  });
  app.post(path, async (c) => {
    const fields = parseFields(characterBody, await readJsonBody(c.req.raw, rules, c.get('client')));
    const id = `char_${crypto.randomUUID().replaceAll('-', '')}`;
    const created = new Date(deps.ports.clock.wallNow()).toISOString();
    const character = { id, ...settled({ ...blank, created }, fields) };
    return c.json(showCharacter(await characters.add(character, owner(c))), 201, noStore);
  });
  app.get(`${path}/:id`, async (c) => {
    const isSeed = c.req.param('id') === assistant.id;
    const found = isSeed
      ? (await characters.list(owner(c))).find(({ id }) => id === assistant.id)
      : undefined;
    return c.json(showCharacter(found ?? (await find(c))), 200, noStore);
  });
  app.patch(`${path}/:id`, async (c) => {
    const fields = parseFields(characterChange, await readJsonBody(c.req.raw, rules, c.get('client')));
    const character = await find(c);
    const changed = { ...character, ...settled(character, fields) };
    return c.json(showCharacter(await characters.replace(changed, owner(c))), 200, noStore);
  });
  app.delete(`${path}/:id`, async (c) => {
    const id = c.req.param('id');
    if (!(await characters.delete(id, owner(c)))) throw new SpeechFailure({ code: 'not_found' });
    return c.json({ id, object: 'character', deleted: true }, 200, noStore);
  });
  allowMethods(app, path, 'GET, POST, HEAD');
  allowMethods(app, `${path}/:id`, 'GET, PATCH, DELETE, HEAD');
}

/** A name stands in tags around what its owner says. */
const name = textField('name', MAX_NAME)
  .transform((text) => text.trim())
  .refine((text) => /[\p{L}\p{N}]/u.test(text) && !/[<>\p{Cc}]/u.test(text), {
    error: 'name must have a letter or a digit, and no < or >',
  });

const others = {
  voice: optional(textField('voice', MAX_VOICE), unsetWhenEmpty),
  system_prompt: optional(textField('system_prompt', MAX_PROMPT)),
  is_active: optional(booleanField('is_active')),
  image_url: optional(
    textField('image_url', MAX_URL).refine((url) => /^https?:\/\/\S+$/.test(url), {
      error: 'image_url must be an address that begins with http:// or https://',
    }),
    unsetWhenEmpty,
  ),
};

const notAnObject = { error: 'The body must be an object.' };
export const characterBody = z.object({ name, ...others }, notAnObject);
export const characterChange = z.object({ name: optional(name), ...others }, notAnObject);

type Settled = Omit<Character, 'id'>;
const blank: Settled = { name: '', systemPrompt: '', isActive: true };

/** `before` with what the client sent. */
function settled(before: Settled, fields: z.infer<typeof characterChange>): Settled {
  return {
    name: fields.name ?? before.name,
    voice: fields.voice ?? before.voice,
    systemPrompt: fields.system_prompt ?? before.systemPrompt,
    isActive: fields.is_active ?? before.isActive,
    imageUrl: fields.image_url ?? before.imageUrl,
    created: before.created,
  };
}

function showCharacter({
  id,
  name: shown,
  voice,
  systemPrompt,
  isActive,
  imageUrl,
  created,
}: Character): object {
  return {
    id,
    object: 'character',
    name: shown,
    voice: voice ?? null,
    system_prompt: systemPrompt,
    is_active: isActive,
    image_url: imageUrl ?? null,
    created_at: created ?? null,
  };
}
