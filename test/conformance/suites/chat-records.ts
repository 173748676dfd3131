import { describe, expect, it } from 'vitest';
import { ChatClient, chatKey, chatServer, otherKey } from './chat-client.ts';
import { type Context, post, startingMs } from './context.ts';

interface Entry {
  readonly id: string;
  readonly role?: string;
  readonly name?: string | null;
  readonly content?: string;
}

/** What a session of `/ws` keeps of what was said in it. */
export function addChatRecords(context: Context): void {
  describe('/ws in a conversation that is kept', () => {
    const { url, model } = chatServer(context);
    const headers = { authorization: `Bearer ${chatKey}` };
    const create = async (fields: object = {}): Promise<string> =>
      ((await (await post(`${url()}/v1/conversations`, fields, { headers })).json()) as Entry).id;
    const kept = async (id: string): Promise<Entry[]> => {
      const response = await fetch(`${url()}/v1/conversations/${id}/messages`, { headers });
      return response.ok ? ((await response.json()) as { data: Entry[] }).data : [];
    };
    const contents = async (id: string): Promise<(string | undefined)[]> =>
      (await kept(id)).map(({ content }) => content);
    const open = (id: string, key = chatKey): Promise<ChatClient> =>
      ChatClient.open(url(), `/ws?api_key=${key}&conversation=${id}`);
    /** What the model was told of the conversation the last time. */
    const told = (): unknown[] =>
      model()
        .calls.at(-1)
        ?.body.messages.slice(1)
        .map(({ content }) => content) ?? [];

    it('writes each turn, and goes on with it in another session', async () => {
      const id = await create({ title: 'In the morning' });
      const first = await open(id);
      expect(await first.until('conversation_opened')).toMatchObject({
        conversation_id: id,
        title: 'In the morning',
        messages: 0,
      });
      first.say('[[say=My name is Pip.]] Who are you?');
      await first.until('audio_complete');
      await first.leave();
      await expect
        .poll(() => kept(id))
        .toMatchObject([
          { role: 'user', name: null, content: '[[say=My name is Pip.]] Who are you?' },
          { role: 'assistant', name: 'Assistant', content: 'My name is Pip.' },
        ]);
      const second = await open(id);
      second.say('[[say=As I said.]] Again?'); // before anything was read
      await second.until('audio_complete');
      expect(second.all('conversation_opened')).toMatchObject([{ messages: 2 }]);
      expect(told()).toEqual([
        '[[say=My name is Pip.]] Who are you?',
        '<Assistant>My name is Pip.</Assistant>',
        '[[say=As I said.]] Again?',
      ]);
      await expect.poll(() => kept(id)).toHaveLength(4);
      await second.leave();
    });

    it('keeps of an answer that was interrupted what was heard', async () => {
      const id = await create();
      const client = await open(id);
      /** Sent within a moment, played for half a minute: it is interrupted in that time. */
      const answer = `This answer was sent to its end${', and it goes on and on and on'.repeat(12)}.`;
      client.say('endless');
      await expect.poll(() => client.audio.length).toBeGreaterThan(48_000);
      client.send('audio_played', { ms: 1000 });
      client.send('interrupt');
      const { text: heard } = await client.until('interrupted');
      expect(heard).toMatch(/^Here it/);
      await expect.poll(() => contents(id)).toEqual(['endless', heard]);
      client.say(`[[say=${answer}]] Go on.`);
      await client.until('audio_complete', 2);
      await expect.poll(() => contents(id)).toHaveLength(4);
      client.send('audio_played', { ms: 0 });
      client.send('interrupt'); // while it is played: less of it was heard than was written
      const { text: second } = await client.until('interrupted', 2);
      expect(second).not.toBe(answer);
      const expected = ['endless', heard, `[[say=${answer}]] Go on.`, second];
      await expect.poll(() => contents(id)).toEqual(expected.filter((each) => each !== ''));
      await client.leave();
    });

    it('keeps what was heard when its client vanishes', async () => {
      const id = await create();
      const client = await open(id);
      client.say('endless');
      await expect.poll(() => client.audio.length).toBeGreaterThan(48_000);
      client.send('audio_played', { ms: 1000 });
      client.send('ping');
      await client.until('pong');
      client.socket.terminate();
      await expect
        .poll(() => contents(id), { timeout: startingMs })
        .toEqual(['endless', expect.stringMatching(/^Here it/)]);
    });

    it('begins one by an event, with those who answer in it', async () => {
      const client = await ChatClient.open(url());
      client.say('[[say=Nobody keeps this.]] Hello?');
      await client.until('audio_complete');
      client.send('open_conversation', { title: 'From now on' });
      const opened = await client.until('conversation_opened');
      expect(opened).toMatchObject({ title: 'From now on', messages: 0 });
      client.say('[[say=This is kept.]] And now?');
      await client.until('audio_complete', 2);
      expect(told()).toHaveLength(1); // it begins anew
      await expect
        .poll(() => contents(String(opened.conversation_id)))
        .toEqual(['[[say=This is kept.]] And now?', 'This is kept.']);
      const made = await post(`${url()}/v1/characters`, { name: 'Cleo' }, { headers });
      const { id: cleo } = (await made.json()) as Entry;
      const id = await create({ character_ids: [cleo] });
      client.send('open_conversation', { conversation_id: id });
      await client.until('conversation_opened', 2);
      client.say('[[say=It is me.]] Who is there?');
      await client.until('audio_complete', 3);
      expect(client.all('text_stream_start').at(-1)).toMatchObject({ character_name: 'Cleo' });
      await fetch(`${url()}/v1/characters/${cleo}`, { method: 'DELETE', headers });
      await client.leave();
    });

    it('keeps what was said when the history is cleared, and tells the model nothing of it', async () => {
      const id = await create();
      const client = await open(id);
      client.say('[[say=I know it.]] Remember this.');
      await client.until('audio_complete');
      client.send('audio_played', { ms: 60_000 }); // else only what real time allows was heard
      client.send('clear_history');
      await client.until('history_cleared');
      client.say('[[say=I do not.]] Do you remember?');
      await client.until('audio_complete', 2);
      expect(told()).toEqual(['[[say=I do not.]] Do you remember?']);
      await expect.poll(() => kept(id)).toHaveLength(4);
      await client.leave();
    });

    it.each(['conv_unknown', '../conversations', 'x'.repeat(500)])(
      'says that there is no conversation %s, and goes on',
      async (id) => {
        const client = await open(encodeURIComponent(id));
        expect(await client.until('error')).toMatchObject({
          code: 'not_found',
          message: 'There is no such conversation.',
        });
        client.say('[[say=It goes on.]] And now?');
        await client.until('audio_complete');
        expect(client.text).toBe('It goes on.');
        await client.leave();
      },
    );

    it('opens no conversation of another key', async () => {
      const id = await create();
      const thief = await open(id, otherKey);
      expect(await thief.until('error')).toMatchObject({ code: 'not_found', conversation_id: id });
      thief.say('[[say=Mine.]] Whose is it?');
      await thief.until('audio_complete');
      thief.send('open_conversation', { conversation_id: id });
      expect(await thief.until('error', 2)).toMatchObject({ code: 'not_found' });
      await thief.leave();
      expect(await kept(id)).toEqual([]);
    });

    it('says once that a conversation is full, and goes on', { timeout: startingMs }, async () => {
      const id = await create();
      const messages = `${url()}/v1/conversations/${id}/messages`;
      for (let from = 0; from < 199; from += 20) {
        const some = Array.from({ length: Math.min(20, 199 - from) }, (_, at) =>
          post(messages, { role: 'user', content: `Number ${from + at}.` }, { headers }),
        );
        for (const { status } of await Promise.all(some)) expect(status).toBe(201);
      }
      const client = await open(id);
      expect(await client.until('conversation_opened')).toMatchObject({ messages: 199 });
      client.say('[[say=This has no room.]] This has.');
      const error = await client.until('error');
      expect(error).toMatchObject({ conversation_id: id, message: expect.stringMatching(/200 messages/) });
      await client.until('audio_complete');
      expect(told()).toHaveLength(100); // as many as the model is told
      client.say('[[say=It goes on.]] And this?');
      await client.until('audio_complete', 2);
      expect(client.text.endsWith('It goes on.')).toBe(true);
      expect(client.all('error')).toHaveLength(1);
      expect(await kept(id)).toHaveLength(200);
      await client.leave();
    });

    it('writes nothing into one that was deleted meanwhile', async () => {
      const id = await create();
      const client = await open(id);
      await client.until('conversation_opened');
      expect((await fetch(`${url()}/v1/conversations/${id}`, { method: 'DELETE', headers })).status).toBe(
        200,
      );
      client.say('[[say=Too late.]] Hello?');
      expect(await client.until('error')).toMatchObject({ code: 'not_found', conversation_id: id });
      await client.until('audio_complete');
      expect(client.text).toBe('Too late.');
      await client.leave();
    });
  });
}
