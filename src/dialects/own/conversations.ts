import type { Context, Hono } from 'hono';
import * as z from 'zod';
import { SpeechFailure } from '../../core/errors.ts';
import { allowMethods } from '../../http/allow-methods.ts';
import { readJsonBody } from '../../http/body.ts';
import { bodyLimits } from '../../http/body-limits.ts';
import type { HttpEnv } from '../../http/env.ts';
import { choiceField, optional, parseFields, textField, unsetWhenEmpty } from '../../http/fields.ts';
import type { DialectDeps } from '../../http/options.ts';
import { bodyRules } from '../../http/receive.ts';
import {
  type Conversation,
  createConversations,
  type Message,
  newRecordId,
} from '../../services/conversations.ts';
import { ownerOf } from '../../services/pronunciations.ts';

const noStore = { 'cache-control': 'no-store' };
const path = '/v1/conversations';

const MAX_TITLE = 200;
const MAX_ID = 64;
const MAX_CHARACTERS = 16;
const MAX_CONTENT = 8000;

/** What clients keep of their conversations (docs/api.md). Each key has its own. */
export function conversationRoutes(app: Hono<HttpEnv>, deps: DialectDeps): void {
  const conversations = createConversations(deps.state.records);
  const rules = bodyRules(deps, bodyLimits(deps.limits).characters);
  const owner = (c: Context<HttpEnv>): string | undefined => ownerOf(c.get('key'));
  const now = (): string => new Date(deps.ports.clock.wallNow()).toISOString();
  const find = async (c: Context<HttpEnv>): Promise<Conversation> => {
    const found = await conversations.get(c.req.param('id') ?? '', owner(c));
    if (!found) throw new SpeechFailure({ code: 'not_found' });
    return found;
  };

  app.get(path, async (c) => {
    const data = (await conversations.list(owner(c))).map(showConversation);
    return c.json({ object: 'list', data }, 200, noStore);
  });
  app.post(path, async (c) => {
    const fields = parseFields(conversationBody, await readJsonBody(c.req.raw, rules, c.get('client')));
    const { title = '', character_ids: characterIds = [] } = fields;
    const conversation = { id: newRecordId('conv'), title, characterIds, created: now() };
    return c.json(showConversation(await conversations.add(conversation, owner(c))), 201, noStore);
  });
  app.get(`${path}/:id`, async (c) => c.json(showConversation(await find(c)), 200, noStore));
  app.patch(`${path}/:id`, async (c) => {
    const fields = parseFields(conversationBody, await readJsonBody(c.req.raw, rules, c.get('client')));
    const before = await find(c);
    const title = fields.title ?? before.title;
    const changed = { ...before, title, characterIds: fields.character_ids ?? before.characterIds };
    return c.json(showConversation(await conversations.replace(changed, owner(c))), 200, noStore);
  });
  app.delete(`${path}/:id`, async (c) => {
    const id = c.req.param('id');
    if (!(await conversations.delete(id, owner(c)))) throw new SpeechFailure({ code: 'not_found' });
    return c.json({ id, object: 'conversation', deleted: true }, 200, noStore);
  });

  app.get(`${path}/:id/messages`, async (c) => {
    const { id } = await find(c);
    const data = (await conversations.messages(id).list(owner(c))).map(showMessage);
    return c.json({ object: 'list', data }, 200, noStore);
  });
  app.post(`${path}/:id/messages`, async (c) => {
    const fields = parseFields(messageBody, await readJsonBody(c.req.raw, rules, c.get('client')));
    const { id } = await find(c);
    const message = { id: newRecordId('msg'), ...fields, created: now() };
    return c.json(showMessage(await conversations.messages(id).add(message, owner(c))), 201, noStore);
  });
  app.delete(`${path}/:id/messages/:message`, async (c) => {
    const { id } = await find(c);
    const message = c.req.param('message');
    if (!(await conversations.messages(id).delete(message, owner(c)))) {
      throw new SpeechFailure({ code: 'not_found' });
    }
    return c.json({ id: message, object: 'conversation.message', deleted: true }, 200, noStore);
  });
  allowMethods(app, path, 'GET, POST, HEAD');
  allowMethods(app, `${path}/:id`, 'GET, PATCH, DELETE, HEAD');
  allowMethods(app, `${path}/:id/messages`, 'GET, POST, HEAD');
  allowMethods(app, `${path}/:id/messages/:message`, 'DELETE');
}

const notAnObject = { error: 'The body must be an object.' };

export const conversationBody = z.object(
  {
    title: optional(textField('title', MAX_TITLE)),
    character_ids: optional(
      z
        .array(textField('character_ids', MAX_ID), { error: 'character_ids must be a list of ids' })
        .max(MAX_CHARACTERS, { error: `character_ids must have at most ${MAX_CHARACTERS} items` }),
    ),
  },
  notAnObject,
);

export const messageBody = z.object(
  {
    role: choiceField('role', ['user', 'assistant']),
    name: optional(textField('name', MAX_ID), unsetWhenEmpty),
    content: textField('content', MAX_CONTENT).refine((text) => text.trim() !== '', {
      error: 'content must say something',
    }),
  },
  notAnObject,
);

function showConversation({ id, title, characterIds, created }: Conversation): object {
  return { id, object: 'conversation', title, character_ids: characterIds, created_at: created };
}

function showMessage({ id, role, name, content, created }: Message): object {
  return { id, object: 'conversation.message', role, name: name ?? null, content, created_at: created };
}
