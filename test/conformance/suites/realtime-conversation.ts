import { expect, it } from 'vitest';
import { lacks } from './context.ts';
import {
  type ErrorEvent,
  realtimeKey as key,
  RealtimeClient,
  type RealtimeContext,
} from './realtime-client.ts';

/** The items of a conversation, and how responses to it end before their time. */
export function addRealtimeConversation(context: RealtimeContext): void {
  addItems(context);
  addEnds(context);
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
    client.ask(
      '[[say=This much was said. But then it fell over.]] [[heldAfterTokens=7]] [[dieAfterTokens=8]]',
    );
    await client.next('response.output_audio.delta');
    model().release();
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
