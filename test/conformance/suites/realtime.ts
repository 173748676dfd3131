import { once } from 'node:events';
import OpenAI from 'openai';
import { OpenAIRealtimeWebSocket } from 'openai/realtime/websocket';
import type { SessionCreatedEvent } from 'openai/resources/realtime/realtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { type FakeModel, startFakeModel } from '../../fake-model.ts';
import { type RunningServer, startServer } from '../server.ts';
import { type Context, lacks, startingMs } from './context.ts';
import { said } from './live-client.ts';
import { type ErrorEvent, RealtimeClient } from './realtime-client.ts';

const key = 'realtime-secret';

/** What a response in speech tells, from its beginning to its end. */
const spokenResponse = [
  'response.created',
  'response.output_item.added',
  'conversation.item.added',
  'response.content_part.added',
  'response.output_audio_transcript.delta',
  'response.output_audio.delta',
  'response.output_audio.done',
  'response.output_audio_transcript.done',
  'response.content_part.done',
  'conversation.item.done',
  'response.output_item.done',
  'response.done',
];
const itemCreated = ['conversation.item.added', 'conversation.item.done'];

/** OpenAI's Realtime protocol, by OpenAI's clients of it. */
export function addRealtime(context: Context): void {
  describe("OpenAI's Realtime protocol", () => {
    let server: RunningServer;
    let model: FakeModel;
    beforeAll(async () => {
      model = await startFakeModel();
      server = await startServer(context.runtime, {
        env: {
          FISH_BACKEND: context.origin().url,
          FISH_API_KEY: key,
          FISH_CACHE: 'off',
          FISH_RETRIES: '0',
          FISH_BREAKER_FAILURES: '1000',
          FISH_FALLBACK: 'false',
          LLM_BASE_URL: model.url,
          LLM_API_KEY: 'of-the-model',
          LLM_RETRIES: '0',
        },
      });
    }, startingMs);
    afterAll(async () => {
      await server?.stop();
      await model?.close();
    });
    const realtime: RealtimeContext = { ...context, own: () => server, model: () => model };
    addHandshake(realtime);
    addResponses(realtime);
    addItems(realtime);
    addEnds(realtime);
    addBadInput(realtime);
  });
}

interface RealtimeContext extends Context {
  /** A server that asks for a key and has a language model. */
  readonly own: () => RunningServer;
  readonly model: () => FakeModel;
}

function addHandshake({ own, server }: RealtimeContext): void {
  const address = (): string => `${own().url.replace('http', 'ws')}/v1/realtime?model=gpt-realtime`;

  it('takes the key of a browser from the subprotocol, and answers with none', async () => {
    const [ours, theirs] = [`ws://${new URL(own().url).host}`, 'wss://realtime.example'];
    class Plain extends WebSocket {
      constructor(url: string, protocols: string[]) {
        super(url.replace(theirs, ours), protocols);
      }
    }
    const usual = globalThis.WebSocket;
    globalThis.WebSocket = Plain as unknown as typeof globalThis.WebSocket;
    try {
      const openai = new OpenAI({ baseURL: 'https://realtime.example/v1', apiKey: key });
      const client = new OpenAIRealtimeWebSocket({ model: 'gpt-realtime' }, openai);
      const { session } = await new Promise<SessionCreatedEvent>((resolve, reject) => {
        client.on('session.created', resolve);
        client.on('error', reject);
      });
      expect(client.socket.protocol).toBe('realtime');
      expect(session).toMatchObject({ id: expect.stringMatching(/^sess_/) });
      client.close();
    } finally {
      globalThis.WebSocket = usual;
    }
  });

  it('never answers with the key, whatever the order', async () => {
    const socket = new WebSocket(address(), [`openai-insecure-api-key.${key}`, 'realtime']);
    await once(socket, 'open');
    expect(socket.protocol).toBe('realtime');
    socket.close();
  });

  it.each([
    ['no key', []],
    ['a wrong key', ['realtime', 'openai-insecure-api-key.wrong']],
  ])('refuses %s', async (_, protocols) => {
    const socket = new WebSocket(address(), protocols);
    const [, response] = await once(socket, 'unexpected-response');
    expect(response.statusCode).toBe(401);
    response.destroy();
  });

  it('is a WebSocket and nothing else', async () => {
    const headers = { authorization: `Bearer ${key}` };
    expect((await fetch(`${own().url}/v1/realtime`, { headers })).status).toBe(426);
    expect((await fetch(`${own().url}/v1/realtime`, { method: 'POST', headers })).status).toBe(405);
  });

  it('says of a response that no language model is set up', async () => {
    const client = await RealtimeClient.open(server().url, 'any');
    client.ask('Is anybody there?');
    const { status, status_details: details } = await client.done();
    expect([status, details?.error?.code]).toEqual(['failed', 'not_supported']);
    await client.leave();
  });
}

function addResponses(context: RealtimeContext): void {
  const { own, model, origin } = context;
  const open = (): Promise<RealtimeClient> => RealtimeClient.open(own().url, key);

  it('answers in speech, its events in their order', async () => {
    const before = origin().spoken.length;
    const client = await open();
    client.ask('[[say=Well, hello there. How are you today?]]', { metadata: { topic: 'greeting' } });
    const response = await client.done();
    const twice = ['response.output_audio_transcript.delta', 'response.output_audio.delta'];
    const [begin, end] = [spokenResponse.slice(0, 4), spokenResponse.slice(6)];
    expect(client.types()).toEqual([
      ...['session.created', 'conversation.created'],
      ...itemCreated,
      ...[...begin, ...twice, ...twice, ...end],
    ]);
    expect(client.joined('response.output_audio_transcript.delta')).toBe(
      'Well, hello there. How are you today?',
    );
    expect(response).toMatchObject({
      status: 'completed',
      metadata: { topic: 'greeting' },
      output: [{ content: [{ type: 'output_audio', transcript: 'Well, hello there. How are you today?' }] }],
    });
    expect(response.usage).toMatchObject({ input_tokens: 12, output_tokens: model().calls.at(-1)?.tokens });
    expect(said(context, before).map(({ text }) => text)).toEqual([
      'Well, hello there.',
      'How are you today?',
    ]);
    const seconds = client.audio().length / 48_000;
    expect(seconds).toBeGreaterThan(1);
    await client.leave();
  });

  it('answers in writing', async () => {
    const client = await open();
    client.send({ type: 'session.update', session: { type: 'realtime', output_modalities: ['text'] } });
    const { session } = (await client.next('session.updated')) as unknown as { session: object };
    expect(session).toMatchObject({ type: 'realtime', output_modalities: ['text'] });
    const from = client.events.length;
    client.ask('[[say=In writing. Nothing is spoken.]]');
    await client.done();
    expect(client.types(from)).toEqual([
      ...itemCreated,
      ...spokenResponse.slice(0, 4),
      'response.output_text.delta',
      'response.output_text.done',
      ...spokenResponse.slice(8),
    ]);
    expect(client.joined('response.output_text.delta', from)).toBe('In writing. Nothing is spoken.');
    await client.leave();
  });

  it('tells a client of the beta the same by the names of the beta', async () => {
    const client = await RealtimeClient.openBeta(own().url, key);
    expect(client.events[0]).toMatchObject({
      session: { modalities: ['text', 'audio'], input_audio_format: 'pcm16', output_audio_format: 'pcm16' },
    });
    const session = { instructions: 'Be short.', voice: 'anna', output_audio_format: 'g711_ulaw' };
    client.sendRaw(JSON.stringify({ type: 'session.update', session }));
    expect((await client.next('session.updated')).session).toMatchObject(session);
    const from = client.events.length;
    client.ask('[[say=As it was before.]]');
    await client.done();
    expect(client.types(from)).toEqual([
      'conversation.item.created',
      'response.created',
      'response.output_item.added',
      'conversation.item.created',
      'response.content_part.added',
      'response.audio_transcript.delta',
      'response.audio.delta',
      'response.audio.done',
      'response.audio_transcript.done',
      'response.content_part.done',
      'response.output_item.done',
      'response.done',
    ]);
    expect(model().calls.at(-1)?.body.messages[0]).toEqual({ role: 'system', content: 'Be short.' });
    expect(client.audio(from, 'response.audio.delta').length).toBeGreaterThan(4000); // bytes of 8 kHz
    await client.leave();
  });

  it('speaks G.711 in a sixth of the bytes of PCM', async () => {
    const lengths: number[] = [];
    for (const type of ['audio/pcm', 'audio/pcmu', 'audio/pcma'] as const) {
      const client = await open();
      const format = type === 'audio/pcm' ? { type, rate: 24_000 as const } : { type };
      client.send({ type: 'session.update', session: { type: 'realtime', audio: { output: { format } } } });
      client.ask('[[say=The same words in three formats.]]');
      await client.done();
      lengths.push(client.audio().length);
      await client.leave();
    }
    const [pcm = 0, ulaw = 0, alaw = 0] = lengths;
    expect(Math.abs(ulaw - pcm / 6)).toBeLessThan(2);
    expect(alaw).toBe(ulaw);
  });

  it('hands functions on: the call to the client, its output to the model', async () => {
    const client = await open();
    const tools = [
      {
        type: 'function' as const,
        name: 'get_weather',
        description: 'Tells the weather.',
        parameters: { type: 'object', properties: { city: { type: 'string' } } },
      },
    ];
    client.send({ type: 'session.update', session: { type: 'realtime', tools, tool_choice: 'auto' } });
    await client.next('session.updated');
    const from = client.events.length;
    client.ask('[[tool=get_weather:{"city":"Kyiv"}]] [[say=]] How is the weather?');
    const { output } = await client.done();
    expect(client.types(from)).toEqual([
      ...itemCreated,
      'response.created',
      'response.output_item.added',
      'conversation.item.added',
      'response.function_call_arguments.delta',
      'response.function_call_arguments.done',
      'conversation.item.done',
      'response.output_item.done',
      'response.done',
    ]);
    const [call] = output;
    expect(call).toMatchObject({ type: 'function_call', name: 'get_weather', arguments: '{"city":"Kyiv"}' });
    expect(model().calls.at(-1)?.body.tools).toMatchObject([{ function: { name: 'get_weather' } }]);
    const output_ = { type: 'function_call_output' as const, call_id: call?.call_id ?? '', output: 'Sunny.' };
    client.send({ type: 'conversation.item.create', item: output_ });
    client.ask('[[say=It is sunny.]] Well?');
    await client.done();
    expect(
      model()
        .calls.at(-1)
        ?.body.messages.map(({ role }) => role),
    ).toEqual(['user', 'assistant', 'tool', 'user']);
    await client.leave();
  });

  it('makes a response beside the conversation, which does not remember it', async () => {
    const client = await open();
    client.ask('[[say=In the conversation.]] Remember this.');
    await client.done();
    const from = client.events.length;
    client.send({
      type: 'response.create',
      response: {
        conversation: 'none',
        output_modalities: ['text'],
        instructions: 'Classify.',
        input: [
          {
            type: 'message',
            role: 'user',
            content: [{ type: 'input_text', text: '[[say=Greeting]] What is this?' }],
          },
        ],
      },
    });
    await client.done();
    expect(client.types(from)).not.toContain('conversation.item.added');
    expect(model().calls.at(-1)?.body.messages).toEqual([
      { role: 'system', content: 'Classify.' },
      { role: 'user', content: '[[say=Greeting]] What is this?' },
    ]);
    client.ask('[[say=Yes.]] Still there?');
    await client.done();
    const contents = model()
      .calls.at(-1)
      ?.body.messages.map(({ content }) => content);
    expect(contents).toEqual([
      '[[say=In the conversation.]] Remember this.',
      'In the conversation.',
      '[[say=Yes.]] Still there?',
    ]);
    await client.leave();
  });
}

function addItems({ own, model }: RealtimeContext): void {
  const open = (): Promise<RealtimeClient> => RealtimeClient.open(own().url, key);
  const message = (id: string, text: string) => ({
    ...{ id, type: 'message' as const, role: 'user' as const },
    content: [{ type: 'input_text' as const, text }],
  });

  it('keeps items in the order that the client wants, and forgets what it deletes', async () => {
    const client = await open();
    client.send({ type: 'conversation.item.create', item: message('b', 'second') });
    client.send({ type: 'conversation.item.create', item: message('a', 'first'), previous_item_id: 'root' });
    client.send({ type: 'conversation.item.create', item: message('x', 'wrong'), previous_item_id: 'a' });
    client.send({ type: 'conversation.item.delete', item_id: 'x' });
    expect(await client.next('conversation.item.deleted')).toMatchObject({ item_id: 'x' });
    const added = client.events.filter(({ type }) => type === 'conversation.item.added');
    expect(added.map(({ previous_item_id }) => previous_item_id)).toEqual([null, null, 'a']);
    client.send({ type: 'conversation.item.retrieve', item_id: 'b' });
    expect((await client.next('conversation.item.retrieved')).item).toMatchObject(message('b', 'second'));
    client.ask('[[say=Fine.]] third');
    await client.done();
    const contents = model()
      .calls.at(-1)
      ?.body.messages.map(({ content }) => content);
    expect(contents).toEqual(['first', 'second', '[[say=Fine.]] third']);
    await client.leave();
  });

  it('remembers of a message what was heard of it, cut at the word', async () => {
    const client = await open();
    client.ask('[[say=One two three four five six seven eight nine ten.]]');
    const { output } = await client.done();
    const item_id = output[0]?.id ?? '';
    const ms = (client.audio().length / 48_000) * 1000;
    const audio_end_ms = Math.round(ms / 2);
    client.send({ type: 'conversation.item.truncate', item_id, content_index: 0, audio_end_ms });
    expect(await client.next('conversation.item.truncated')).toMatchObject({ item_id, audio_end_ms });
    client.ask('[[say=Yes.]] Go on.');
    await client.done();
    const heard = String(model().calls.at(-1)?.body.messages[1]?.content);
    expect('One two three four five six seven eight nine ten.').toContain(heard);
    expect(heard).toMatch(/^One two .*(four|five|six)$/);
    client.send({ type: 'conversation.item.truncate', item_id, content_index: 0, audio_end_ms: 999_999 });
    expect(await client.next('error')).toMatchObject({ error: { param: 'audio_end_ms' } });
    await client.leave();
  });
}

function addEnds(context: RealtimeContext): void {
  const { own, model, origin, runtime } = context;
  const open = (): Promise<RealtimeClient> => RealtimeClient.open(own().url, key);

  it('stops the model and the voice when a response is cancelled, and answers again', async () => {
    const client = await open();
    client.ask('[[endless]] [[tokensPerSecond=100]] Talk.');
    await client.next('response.output_audio.delta');
    client.send({ type: 'response.create' });
    const { error } = (await client.next('error')) as ErrorEvent;
    expect(error.code).toBe('conversation_already_has_active_response');
    client.send({ type: 'response.cancel' });
    const { status, status_details: details, output } = await client.done();
    expect([status, details?.reason, output[0]?.status]).toEqual([
      'cancelled',
      'client_cancelled',
      'incomplete',
    ]);
    const end = client.events.length;
    await model().until(() => model().running === 0);
    await origin().until(() => origin().queued === 0);
    client.send({ type: 'response.cancel', event_id: 'again' });
    expect(((await client.next('error')) as ErrorEvent).error).toMatchObject({
      code: 'response_cancel_not_active',
      event_id: 'again',
    });
    expect(client.types(end)).toEqual(['error']); // nothing of the cancelled response comes later
    client.ask('[[say=I am still here.]]');
    expect((await client.done()).status).toBe('completed');
    await client.leave();
  });

  it.skipIf(lacks(runtime, 'leave-early'))('stops everything when the client vanishes', async () => {
    const before = origin().spoken.length;
    const client = await open();
    client.ask('[[endless]] [[tokensPerSecond=50]]');
    await origin().until(() => origin().spoken.length > before);
    client.socket.terminate();
    await model().until(() => model().running === 0);
    await origin().until(() => origin().queued === 0);
  });

  it('says what a model that dies has written, that it failed, and goes on', async () => {
    const client = await open();
    client.ask('[[say=This much was said. But then it fell over.]] [[dieAfterTokens=8]]');
    const { status, status_details: details, output } = await client.done();
    expect([status, details?.error?.code]).toEqual(['failed', 'engine_unavailable']);
    expect(output[0]).toMatchObject({
      status: 'incomplete',
      content: [{ transcript: 'This much was said.' }],
    });
    client.ask('[[say=Once more.]]');
    expect((await client.done()).status).toBe('completed');
    await client.leave();
  });

  it('says that an answer was cut at its limit of tokens', async () => {
    const client = await open();
    client.ask('[[say=Cut in the middle]] [[reason=length]]', { max_output_tokens: 5 });
    const { status, status_details: details } = await client.done();
    expect([status, details?.reason]).toEqual(['incomplete', 'max_output_tokens']);
    expect(model().calls.at(-1)?.body.max_tokens).toBe(5);
    await client.leave();
  });

  it('names the voice that does not exist', async () => {
    const client = await open();
    client.ask('[[say=In no voice.]]', { audio: { output: { voice: 'nobody' } } });
    const { status, status_details: details } = await client.done();
    expect([status, details?.error?.code]).toEqual(['failed', 'voice_not_found']);
    await client.leave();
  });
}

function addBadInput({ own }: RealtimeContext): void {
  const update = (session: object): string =>
    JSON.stringify({ type: 'session.update', event_id: 'bad', session });
  const item = (fields: object): string =>
    JSON.stringify({ type: 'conversation.item.create', event_id: 'bad', item: fields });

  it.each<[string, string | Uint8Array, object]>([
    ['broken JSON', '{"type":', { code: 'invalid_json', event_id: null }],
    ['bytes', Uint8Array.of(1, 2, 3), { code: 'invalid_event' }],
    ['a list', '[]', { code: 'invalid_event' }],
    ['a million brackets', '['.repeat(1_000_000), { code: 'invalid_event' }],
    [
      'an event without a type',
      '{"event_id":"bad"}',
      { code: 'invalid_event', param: 'type', event_id: 'bad' },
    ],
    ['an unknown event', '{"type":"response.sing","event_id":"bad"}', { param: 'type', event_id: 'bad' }],
    ['the name of a prototype', '{"type":"constructor"}', { param: 'type' }],
    ['an event without its field', '{"type":"conversation.item.delete"}', { param: 'item_id' }],
    [
      'audio of another rate',
      update({ audio: { input: { format: { type: 'audio/pcm', rate: 16_000 } } } }),
      { param: 'session.audio.input.format.rate', event_id: 'bad' },
    ],
    ['a format that nobody has', update({ input_audio_format: 'mp3' }), { event_id: 'bad' }],
    [
      'a threshold out of range',
      update({ turn_detection: { type: 'server_vad', threshold: 7 } }),
      { event_id: 'bad' },
    ],
    [
      'tools of another kind',
      update({ tools: [{ type: 'mcp', server_label: 'x' }] }),
      { param: 'session.tools.0.type' },
    ],
    ['another kind of session', update({ type: 'transcription' }), { param: 'session.type' }],
    [
      'a megabyte of text',
      item({ type: 'message', role: 'user', content: [{ type: 'input_text', text: 'a'.repeat(1_000_000) }] }),
      { param: 'item.content.0.text', event_id: 'bad' },
    ],
    [
      'a picture',
      item({ type: 'message', role: 'user', content: [{ type: 'input_image', image_url: 'data:,' }] }),
      { event_id: 'bad' },
    ],
    [
      'an item after none',
      '{"type":"conversation.item.create","previous_item_id":"none","item":{"type":"message","role":"user","content":[]}}',
      { code: 'item_not_found' },
    ],
    [
      'audio that is no base64',
      '{"type":"input_audio_buffer.append","audio":"***"}',
      { code: 'invalid_audio' },
    ],
    ['half a sample', '{"type":"input_audio_buffer.append","audio":"AAAA"}', { code: 'invalid_audio' }],
    [
      'an empty buffer that is committed',
      '{"type":"input_audio_buffer.commit"}',
      { code: 'input_audio_buffer_commit_empty' },
    ],
  ])('says what is wrong with %s, and goes on', async (_, sent, expected) => {
    const client = await RealtimeClient.open(own().url, key);
    client.sendRaw(sent);
    const { error } = (await client.next('error')) as ErrorEvent;
    expect(error).toMatchObject({ type: 'invalid_request_error', ...expected });
    client.send({ type: 'input_audio_buffer.clear' });
    await client.next('input_audio_buffer.cleared');
    await client.leave();
  });

  it('closes with the reason after an event that is larger than any may be', async () => {
    const client = await RealtimeClient.open(own().url, key);
    client.sendRaw(JSON.stringify({ type: 'input_audio_buffer.append', audio: 'A'.repeat(5 * 2 ** 20) }));
    expect(((await client.next('error')) as ErrorEvent).error.code).toBe('request_too_large');
    expect((await client.closed)[0]).toBe(1009);
  });
}
