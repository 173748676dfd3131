import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { type FakeModel, startFakeModel } from '../../fake-model.ts';
import { type RunningServer, startServer } from '../server.ts';
import { type Context, startingMs } from './context.ts';
import {
  type ErrorEvent,
  realtimeKey as key,
  openInBrowser,
  RealtimeClient,
  type RealtimeContext,
} from './realtime-client.ts';
import { addRealtimeConversation } from './realtime-conversation.ts';
import { addRealtimeResponses } from './realtime-responses.ts';
import { addRealtimeSecrets } from './realtime-secrets.ts';

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
    addRealtimeResponses(realtime);
    addRealtimeConversation(realtime);
    addRealtimeSecrets(realtime);
    addBadInput(realtime);
  });
}

function addHandshake({ own, server }: RealtimeContext): void {
  const address = (): string => `${own().url.replace('http', 'ws')}/v1/realtime?model=gpt-realtime`;

  it('takes the key of a browser from the subprotocol, and answers with none', async () => {
    const { client, session } = await openInBrowser(own().url, key);
    expect(client.socket.protocol).toBe('realtime');
    expect(session).toMatchObject({ id: expect.stringMatching(/^sess_/) });
    client.close();
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
