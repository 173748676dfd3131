import { describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { ChatClient, type ChatServer, chatKey, chatServer, otherKey } from './chat-client.ts';
import { type Context, post } from './context.ts';

const text = ['text_stream_start', 'text_chunk', 'text_stream_stop', 'audio_complete'];
const audio = ['audio_stream_start', 'audio_chunk_meta', 'binary', 'audio_stream_stop', 'audio_complete'];

/** `/ws` and `/ws/stream`: the voice-chat pipeline's protocol. */
export function addChat(context: Context): void {
  describe('/ws', () => {
    const server = chatServer(context);
    addConversation(context, server);
    addPrompts(server);
  });

  it('says over /ws that nobody can answer where no model is set up, and the session goes on', async () => {
    const client = await ChatClient.open(context.server().url, '/ws');
    client.say('Hello?');
    expect(await client.until('error')).toMatchObject({
      code: 'not_supported',
      data: { code: 'not_supported', message: expect.stringMatching(/language model/) },
    });
    client.send('ping');
    await client.until('pong');
    await client.leave();
  });
}

function addConversation({ origin }: Context, { url, model }: ChatServer): void {
  it('answers in text and speech: every event in its order, in both spellings', async () => {
    const client = await ChatClient.open(url());
    client.send('model_settings', { model: 'some/model', temperature: 0.5, min_p: 0.1, top_k: 7 });
    client.say('[[say=Hello to you, my friend. How are you today?]] [[tokensPerSecond=60]] Hi!');
    await client.until('audio_complete');
    expect(client.order(...text)).toEqual(text);
    expect(client.order('audio_stream_start', 'binary', 'audio_stream_stop', 'audio_complete')).toEqual([
      'audio_stream_start',
      'binary',
      'audio_stream_stop',
      'audio_complete',
    ]);
    expect(client.order(...audio)[0]).toBe('audio_stream_start');
    const spoken = client.text;
    expect(spoken).toBe('Hello to you, my friend. How are you today?');
    expect(client.all('text_chunk').length).toBeGreaterThan(4);
    const start = client.all('text_stream_start')[0];
    const id = start?.message_id;
    expect(id).toEqual(expect.any(String));
    for (const event of client.events) expect(event).toMatchObject(event.data); // beside `type`, and in `data`
    for (const event of client.events) if (event.message_id !== undefined) expect(event.message_id).toBe(id);
    expect(start).toMatchObject({ character_name: 'Assistant', timestamp: expect.any(Number) });
    expect(client.all('audio_complete')).toMatchObject([
      { session_id: expect.any(String), is_session_complete: true },
    ]);
    expect(model().calls.at(-1)?.body).toMatchObject({
      model: 'some/model',
      temperature: 0.5,
      min_p: 0.1,
      top_k: 7,
    });
    await client.leave();
  });

  it('sends one binary frame of s16le at 24 kHz behind each meta, sentences and chunks in order', async () => {
    const client = await ChatClient.open(url());
    client.say('[[say=One two three, four five. Six seven eight nine ten.]] Count.');
    await client.until('audio_complete');
    const places: [number, number][] = [];
    for (const [index, message] of client.messages.entries()) {
      if (Buffer.isBuffer(message) || message.type !== 'audio_chunk_meta') continue;
      places.push([message.sentence_index as number, message.chunk_index as number]);
      expect(Buffer.isBuffer(client.messages[index + 1])).toBe(true);
    }
    expect(places).toHaveLength(client.messages.filter((message) => Buffer.isBuffer(message)).length);
    expect(places).toEqual(places.toSorted(([a, b], [c, d]) => a - c || b - d));
    expect(new Set(places.map(([sentence]) => sentence))).toEqual(new Set([0, 1]));
    expect(places[0]).toEqual([0, 0]);
    const seconds = client.audio.length / 48_000;
    expect(seconds).toBeGreaterThan(2.5); // ten words of 0.3 s, and a pause
    expect(seconds).toBeLessThan(4);
    await client.leave();
  });

  it('speaks the first sentence while the model still writes', async () => {
    const client = await ChatClient.open(url());
    client.say('[[say=This comes first. And this is held back.]] [[heldAfterTokens=5]] Go.');
    await client.until('audio_chunk_meta');
    expect(client.all('text_stream_stop')).toEqual([]);
    model().release();
    await client.until('audio_complete');
    await client.leave();
  });

  it('lets several characters answer in the order in which they are named, each in its voice', async () => {
    const client = await ChatClient.open(url());
    const from = origin().spoken.length;
    client.send('set_characters', {
      characters: [
        { id: '1', name: 'Anna Bell', voice: 'anna', system_prompt: 'You like tea.' },
        { id: '2', name: 'Bob', system_prompt: 'You like coffee.' },
      ],
    });
    await client.until('characters_updated');
    client.say('Bob, what would anna say?');
    await client.until('audio_complete');
    expect(client.all('text_stream_start').map(({ character_name }) => character_name)).toEqual([
      'Bob',
      'Anna Bell',
    ]);
    expect(client.order('text_stream_start', 'text_stream_stop', 'audio_complete')).toEqual([
      'text_stream_start',
      'text_stream_stop',
      'text_stream_start',
      'text_stream_stop',
      'audio_complete',
    ]);
    const voices = origin()
      .spoken.slice(from)
      .map(({ body }) => (body as { reference_id?: string }).reference_id ?? null);
    expect([...new Set(voices)]).toEqual([null, 'anna']);
    const [forBob, forAnna] = model()
      .calls.slice(-2)
      .map(({ body }) => body.messages);
    expect(forBob?.[0]?.content).toMatch(/^You like coffee\.[\s\S]*Reply only as Bob/);
    expect(forAnna?.slice(1)).toEqual([
      { role: 'user', content: 'Bob, what would anna say?' },
      { role: 'assistant', content: '<Bob>It is Bob who speaks. This is the second sentence.</Bob>' },
    ]);
    client.say('And all of you?'); // nobody is named: all, by name
    await client.until('audio_complete', 2);
    expect(
      client
        .all('text_stream_start')
        .slice(2)
        .map(({ character_name }) => character_name),
    ).toEqual(['Anna Bell', 'Bob']);
    await client.leave();
  });

  it('remembers what was said, until the history is cleared', async () => {
    const client = await ChatClient.open(url());
    client.say('[[say=My name is Pip.]] Who are you?');
    await client.until('audio_complete');
    client.send('audio_played', { ms: 60_000 }); // else only what real time allows was heard
    client.say('[[say=As I said.]] Again?');
    await client.until('audio_complete', 2);
    const messages = (): unknown => model().calls.at(-1)?.body.messages.slice(1);
    expect(messages()).toMatchObject([
      { role: 'user' },
      { role: 'assistant', content: '<Assistant>My name is Pip.</Assistant>' },
      { role: 'user' },
    ]);
    client.send('clear_history');
    await client.until('history_cleared');
    client.say('[[say=Nothing is left.]] And now?');
    await client.until('audio_complete', 3);
    expect(messages()).toHaveLength(1);
    await client.leave();
  });

  it('stops at once when it is interrupted, and remembers what was heard', async () => {
    const client = await ChatClient.open(url());
    client.say('endless');
    await expect.poll(() => client.audio.length).toBeGreaterThan(48_000);
    client.send('interrupt');
    const { text: heard } = await client.until('interrupted');
    expect(heard).toMatch(/^(Here( it( comes\.?)?)?)?/);
    expect(await client.until('audio_complete')).toMatchObject({ interrupted: true });
    await origin().until(() => origin().queued === 0);
    const bytes = client.audio.length;
    client.say('[[say=Now to something else.]] Enough.');
    await client.until('audio_complete', 2);
    expect(client.audio.length).toBeGreaterThan(bytes);
    const said = String(heard);
    expect(model().calls.at(-1)?.body.messages.slice(1, -1)).toEqual([
      { role: 'user', content: 'endless' },
      ...(said === '' ? [] : [{ role: 'assistant', content: `<Assistant>${said}</Assistant>` }]),
    ]);
    await client.leave();
  });

  it('takes a new message as an interruption, and stops the model', async () => {
    const client = await ChatClient.open(url());
    client.say('[[endless]] [[tokensPerSecond=30]] Never stop.');
    await client.until('text_chunk', 3);
    const call = model().calls.at(-1);
    client.say('[[say=I stopped.]] Stop!');
    await client.until('audio_complete', 2);
    expect(client.all('audio_complete').map(({ interrupted }) => interrupted)).toEqual([true, undefined]);
    await expect.poll(() => call?.ended).toBe('left');
    expect(client.order('text_stream_start', 'text_stream_stop')).toHaveLength(4);
    await client.leave();
  });

  it.each(['refresh_characters', 'refresh_active_characters'])('follows %s', async (type) => {
    const client = await ChatClient.open(url());
    client.send(type);
    expect(await client.until('characters_updated')).toMatchObject({
      characters: [{ id: 'assistant', name: 'Assistant' }],
    });
    await client.leave();
  });

  it('finds characters by the ids and names of another page', async () => {
    const client = await ChatClient.open(url());
    client.send('set_active_characters', { character_ids: ['assistant'] });
    expect(await client.until('characters_updated')).toMatchObject({ characters: [{ name: 'Assistant' }] });
    client.send('set_active_characters', { character_ids: ['nobody', { id: 'x' }] });
    expect(await client.until('error')).toMatchObject({ code: 'invalid_value', param: 'characters' });
    await client.leave();
  });

  it('lets the characters of a key answer that key alone', async () => {
    const characters = `${url()}/v1/characters`;
    const headers = { authorization: `Bearer ${chatKey}` };
    const made = await post(
      characters,
      { name: 'Cleo', voice: 'anna', system_prompt: 'Be brief.' },
      { headers },
    );
    const { id } = (await made.json()) as { id: string };
    const mine = await ChatClient.open(url());
    mine.say('[[say=It is me.]] Who is there?');
    await mine.until('audio_complete');
    expect(mine.all('text_stream_start')).toMatchObject([{ character_name: 'Cleo' }]);
    const other = await ChatClient.open(url(), `/ws?api_key=${otherKey}`);
    other.send('refresh_characters');
    expect(await other.until('characters_updated')).toMatchObject({ characters: [{ id: 'assistant' }] });
    const asOther = { headers: { authorization: `Bearer ${otherKey}` } };
    expect((await fetch(`${characters}/${id}`, asOther)).status).toBe(404);
    expect((await fetch(`${characters}/${id}`, { ...asOther, method: 'DELETE' })).status).toBe(404);
    expect((await fetch(`${characters}/${id}`, { headers, method: 'DELETE' })).status).toBe(200);
    mine.send('refresh_characters');
    expect(await mine.until('characters_updated')).toMatchObject({ characters: [{ id: 'assistant' }] });
    for (const client of [mine, other]) await client.leave();
  });

  it('is let in by a key in the address or the header, and not without', async () => {
    const address = `${url().replace('http', 'ws')}/ws`;
    const status = await new Promise((resolve) => {
      new WebSocket(address)
        .on('error', () => {})
        .on('unexpected-response', (_, { statusCode }) => resolve(statusCode));
    });
    expect(status).toBe(401);
    const socket = new WebSocket(address, { headers: { authorization: `Bearer ${chatKey}` } });
    await new Promise((resolve) => socket.once('open', resolve));
    socket.close();
    expect((await fetch(`${url()}/ws?api_key=${chatKey}`)).status).toBe(426);
    const elsewhere = await fetch(`${url()}/v1/usage?api_key=${chatKey}`);
    expect(elsewhere.status).toBe(401); // an address that is opened in a page is no place for a key
  });
}

function addPrompts({ url }: Pick<ChatServer, 'url'>): void {
  it('answers prompts over /ws/stream, with bare frames of audio', async () => {
    const client = await ChatClient.open(url(), `/ws/stream?api_key=${chatKey}`);
    client.send('ping');
    await client.until('pong');
    client.socket.send(
      JSON.stringify({
        type: 'prompt',
        text: '[[say=Here it is. All of it was said.]] Go.',
        session_id: 's1',
      }),
    );
    const complete = await client.until('text_complete');
    expect(complete).toMatchObject({ text: 'Here it is. All of it was said.', session_id: 's1' });
    const order = client.order('stream_start', 'text_chunk', 'audio_complete', 'text_complete');
    expect(order).toEqual(['stream_start', 'text_chunk', 'audio_complete', 'text_complete']);
    expect(client.order('stream_start', 'binary', 'audio_complete')).toEqual([
      'stream_start',
      'binary',
      'audio_complete',
    ]);
    expect(client.text).toBe(complete.text);
    expect(client.all('stream_start')).toMatchObject([{ session_id: 's1' }]);
    client.socket.send('{"type":"prompt"}');
    expect(await client.until('error')).toMatchObject({ code: 'invalid_value' });
    client.send('prompt', { text: '[[say=It goes on.]] More.' });
    expect(await client.until('text_complete', 2)).toMatchObject({
      text: 'It goes on.',
      session_id: 'default',
    });
    await client.leave();
  });
}
