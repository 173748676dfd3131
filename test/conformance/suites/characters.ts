import { describe, expect, it } from 'vitest';
import { type Context, type OpenaiError, post } from './context.ts';

interface Entry {
  readonly id: string;
  readonly [field: string]: unknown;
}

/** Who answers in conversations, and what is kept of them. */
export function addCharacters({ server }: Context): void {
  const characters = (): string => `${server().url}/v1/characters`;
  const conversations = (): string => `${server().url}/v1/conversations`;
  const send = async (method: string, url: string, body?: object): Promise<[number, Entry & OpenaiError]> => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(url, { method, headers, ...(body && { body: JSON.stringify(body) }) });
    return [response.status, (await response.json()) as Entry & OpenaiError];
  };
  const list = async (url: string): Promise<Entry[]> =>
    ((await (await fetch(url)).json()) as { data: Entry[] }).data;

  describe('characters', () => {
    it('are made, changed, listed and deleted, and one stands in where there is none', async () => {
      expect(await list(characters())).toMatchObject([{ id: 'assistant', name: 'Assistant', voice: null }]);
      expect((await send('GET', `${characters()}/assistant`))[0]).toBe(200);
      const [status, anna] = await send('POST', characters(), {
        name: ' Anna ',
        voice: 'anna',
        system_prompt: 'You like tea.',
      });
      expect(status).toBe(201);
      expect(anna).toMatchObject({ object: 'character', name: 'Anna', voice: 'anna', is_active: true });
      expect((await list(characters())).map(({ id }) => id)).toEqual([anna.id]);
      const [, changed] = await send('PATCH', `${characters()}/${anna.id}`, { is_active: false });
      expect(changed).toEqual({ ...anna, is_active: false });
      expect((await send('GET', `${characters()}/${anna.id}`))[1]).toEqual(changed);
      expect(await send('DELETE', `${characters()}/${anna.id}`)).toEqual([
        200,
        { id: anna.id, object: 'character', deleted: true },
      ]);
      expect((await send('PATCH', `${characters()}/${anna.id}`, { name: 'Ann' }))[0]).toBe(404);
      expect((await send('DELETE', `${characters()}/assistant`))[0]).toBe(404); // it is no record
      expect(await list(characters())).toMatchObject([{ id: 'assistant' }]);
    });

    it.each([
      [{}, 'name'],
      [{ name: ' ' }, 'name'],
      [{ name: '<b>' }, 'name'],
      [{ name: 'x'.repeat(65) }, 'name'],
      [{ name: 'Anna', system_prompt: 'x'.repeat(8001) }, 'system_prompt'],
      [{ name: 'Anna', image_url: 'javascript:alert(1)' }, 'image_url'],
      [{ name: 'Anna', is_active: 'perhaps' }, 'is_active'],
    ])('refuse %#', async (body, param) => {
      const [status, { error }] = await send('POST', characters(), body);
      expect([status, error.param]).toEqual([400, param]);
    });
  });

  describe('conversations', () => {
    it('keep their messages until they are deleted with them', async () => {
      const [status, chat] = await send('POST', conversations(), {
        title: 'Tea',
        character_ids: ['assistant'],
      });
      expect(status).toBe(201);
      const messages = `${conversations()}/${chat.id}/messages`;
      const said = { role: 'assistant', name: 'Anna', content: 'Tea, please.' };
      const [made, message] = await send('POST', messages, said);
      expect(made).toBe(201);
      await send('POST', messages, { role: 'user', content: 'Here you are.' });
      expect(await list(messages)).toMatchObject([said, { role: 'user', name: null }]);
      expect((await send('DELETE', `${messages}/${message.id}`))[0]).toBe(200);
      expect(await list(messages)).toHaveLength(1);
      const [, changed] = await send('PATCH', `${conversations()}/${chat.id}`, { title: 'Coffee' });
      expect(changed).toEqual({ ...chat, title: 'Coffee' });
      expect((await send('DELETE', `${conversations()}/${chat.id}`))[0]).toBe(200);
      for (const url of [messages, `${conversations()}/${chat.id}`])
        expect((await fetch(url)).status).toBe(404);
      expect(await list(conversations())).toEqual([]);
    });

    it.each([
      [{ role: 'system', content: 'x' }, 'role'],
      [{ role: 'user', content: ' ' }, 'content'],
      [{ role: 'user', content: 'x'.repeat(16_001) }, 'content'],
    ])('refuse message %#', async (body, param) => {
      const [, chat] = await send('POST', conversations(), {});
      const [status, { error }] = await send('POST', `${conversations()}/${chat.id}/messages`, body);
      expect([status, error.param]).toEqual([400, param]);
      await send('DELETE', `${conversations()}/${chat.id}`);
    });

    it('are not there where none are', async () => {
      for (const path of ['nothing', 'nothing/messages'])
        expect((await fetch(`${conversations()}/${path}`)).status).toBe(404);
      expect((await post(`${conversations()}/nothing/messages`, { role: 'user', content: 'x' })).status).toBe(
        404,
      );
      expect((await fetch(conversations(), { method: 'PUT' })).status).toBe(405);
    });
  });
}
