import { expect, it } from 'vitest';
import { said } from './live-client.ts';
import { realtimeKey as key, RealtimeClient, type RealtimeContext } from './realtime-client.ts';

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

/** What responses tell, and what they are made of. */
export function addRealtimeResponses(context: RealtimeContext): void {
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
