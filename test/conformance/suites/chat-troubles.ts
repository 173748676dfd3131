import { describe, expect, it } from 'vitest';
import { ChatClient, chatServer } from './chat-client.ts';
import { type Context, startingMs } from './context.ts';

/** What goes wrong over `/ws`, and that the session goes on. */
export function addChatTroubles(context: Context): void {
  const { origin } = context;
  describe('/ws in trouble', () => {
    const { url, model } = chatServer(context, { LLM_NEXT_TOKEN_TIMEOUT: '3s' }); // one of its models stalls

    /** The session still works. */
    async function goesOn(client: ChatClient): Promise<void> {
      const before = client.all('audio_complete').length;
      client.say('[[say=All is well.]] And now?');
      const done = await client.until('audio_complete', before + 1);
      expect(done).not.toHaveProperty('interrupted');
      expect(client.text.endsWith('All is well.')).toBe(true);
      await client.leave();
    }

    it.each<[string, (client: ChatClient) => void, string, RegExp]>([
      ['broken JSON', ({ socket }) => socket.send('{"type":'), 'invalid_value', /JSON/],
      ['what is no event', ({ socket }) => socket.send('[1,2]'), 'invalid_value', /object/],
      ['an unknown event', (client) => client.send('__proto__'), 'invalid_value', /no event/],
      ['text that is none', (client) => client.send('user_message', { text: 7 }), 'invalid_value', /text/],
      ['text that says nothing', (client) => client.say(' \n '), 'invalid_value', /text/],
      ['1 MB of text in one event', (client) => client.say('x'.repeat(1e6)), 'invalid_value', /at most/],
      [
        'audio before start',
        ({ socket }) => socket.send(new Uint8Array(640)),
        'invalid_value',
        /start_listening/,
      ],
      [
        'a temperature that cannot be',
        (client) => client.send('model_settings', { temperature: 9 }),
        'invalid_value',
        /temperature/,
      ],
      [
        'a microphone at a wrong rate',
        (client) => client.send('start_listening', { sample_rate: 48_000 }),
        'invalid_value',
        /16000/,
      ],
      [
        'characters that are none',
        (client) => client.send('set_characters', { characters: 'all' }),
        'invalid_value',
        /list/,
      ],
    ])('answers %s with an error', async (_, act, code, message) => {
      const client = await ChatClient.open(url());
      act(client);
      const error = await client.until('error');
      expect(error).toMatchObject({ code, message: expect.stringMatching(message), data: { code } });
      await goesOn(client);
    });

    it('closes with the reason what is too large, or is wrong without end', async () => {
      const large = await ChatClient.open(url());
      large.say('x'.repeat(1.5 * 2 ** 20));
      expect(await large.closed).toEqual([1009, expect.stringMatching(/larger than/)]);
      const wrong = await ChatClient.open(url());
      for (let i = 0; i <= 100; i++) wrong.socket.send('{'); // no more, as Deno cuts those who go on
      expect(await wrong.closed).toEqual([1008, expect.stringMatching(/wrong/)]);
    });

    it.each<[string, string, RegExp]>([
      ['dies before it says anything', '[[dieAfterTokens=0]] Go.', /^$/],
      [
        'dies in the middle',
        '[[say=This was said. And this is not said.]] [[dieAfterTokens=6]] Go.',
        /^This was said\./,
      ],
      [
        'stalls',
        '[[say=This was said. And this is not said.]] [[stallAfterTokens=6]] Go.',
        /^This was said\./,
      ],
      [
        'breaks off in half a character',
        '[[say=This was said. And then]] [[halfCharacter]] Go.',
        /^This was said\./,
      ],
      ['answers with a page', '[[html]] Go.', /^$/],
      ['refuses', '[[status=429]] Go.', /^$/],
    ])('goes on after a model that %s', async (_, message, said) => {
      const client = await ChatClient.open(url());
      client.say(message);
      const error = await client.until('error');
      expect(JSON.stringify(error)).not.toMatch(/CUDA|sk-or|127\.0\.0\.1|http/);
      await client.until('audio_complete');
      expect(client.text).toMatch(said);
      if (client.text !== '') expect(client.audio.length).toBeGreaterThan(20_000); // what was whole is spoken
      expect(client.order('text_stream_start', 'text_stream_stop', 'audio_complete')).toEqual([
        'text_stream_start',
        'text_stream_stop',
        'audio_complete',
      ]);
      await goesOn(client);
    });

    it('leaves out a sentence that fails, says so, and speaks the next', async () => {
      const client = await ChatClient.open(url());
      client.say('A broken sentence, please.');
      await client.until('audio_complete');
      expect(client.all('error')).toMatchObject([{ sentence_index: 1, message: expect.any(String) }]);
      expect(client.all('audio_chunk_meta').at(-1)).toMatchObject({ sentence_index: 2 });
      await goesOn(client);
    });

    it('says that a voice does not exist, and answers in writing', async () => {
      const client = await ChatClient.open(url());
      client.send('set_characters', { characters: [{ name: 'Nobody', voice: 'nobody' }] });
      client.say('[[say=Nobody hears this.]] Hello?');
      await client.until('audio_complete');
      expect(client.all('error')).toMatchObject([{ code: 'voice_not_found' }]);
      expect(client.text).toBe('Nobody hears this.');
      await client.leave();
    });

    it('stops the model and the voice when its client vanishes', async () => {
      const client = await ChatClient.open(url());
      client.say('endless');
      await expect.poll(() => client.audio.length).toBeGreaterThan(20_000);
      const talking = await ChatClient.open(url());
      talking.say('[[endless]] [[tokensPerSecond=30]] Never stop.');
      await talking.until('text_chunk', 3);
      client.socket.terminate();
      talking.socket.terminate();
      await expect.poll(() => model().running, { timeout: 20_000 }).toBe(0);
      await origin().until(() => origin().queued === 0);
    });

    it('keeps nothing of 200 sessions that were opened and dropped', { timeout: startingMs }, async () => {
      for (let round = 0; round < 10; round++) {
        const clients = await Promise.all(Array.from({ length: 20 }, () => ChatClient.open(url())));
        for (const [index, client] of clients.entries()) {
          if (index % 4 === 0) client.say('[[endless]] [[tokensPerSecond=30]] Never stop.');
          if (index % 4 === 1) client.say('endless');
          if (index % 4 === 2) client.socket.close();
          else client.socket.terminate();
        }
        await Promise.all(clients.map(({ closed }) => closed));
      }
      await expect.poll(() => model().running, { timeout: 20_000 }).toBe(0);
      await origin().until(() => origin().queued === 0);
      await goesOn(await ChatClient.open(url()));
    });
  });
}
