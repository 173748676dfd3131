import { once } from 'node:events';
import OpenAI from 'openai';
import { describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { type OpenaiError, post } from './context.ts';
import {
  realtimeKey as key,
  openInBrowser,
  RealtimeClient,
  type RealtimeContext,
} from './realtime-client.ts';

const authorization = `Bearer ${key}`;

/** Keys for browsers: made by OpenAI's client, and used by it. */
export function addRealtimeSecrets({ own, server, model }: RealtimeContext): void {
  const openai = (url = own().url): OpenAI =>
    new OpenAI({ baseURL: `${url}/v1`, apiKey: key, maxRetries: 0 });
  const nowSeconds = (): number => Date.now() / 1000;
  const refuse = async (path: string, body: object): Promise<[number, OpenaiError['error']]> => {
    const response = await post(`${own().url}${path}`, body, { headers: { authorization } });
    return [response.status, ((await response.json()) as OpenaiError).error];
  };

  describe('a client secret', () => {
    it('is made as OpenAI makes it, and opens the session that it holds', async () => {
      const { value, expires_at, session } = await openai().realtime.clientSecrets.create({
        expires_after: { anchor: 'created_at', seconds: 120 },
        session: {
          type: 'realtime',
          model: 'gpt-realtime-mini',
          instructions: 'Answer like a pirate.',
          output_modalities: ['text'],
          audio: { input: { turn_detection: { type: 'server_vad', silence_duration_ms: 900 } } },
        },
      });
      expect(value).toMatch(/^ek_/);
      expect(Math.abs(expires_at - nowSeconds() - 120)).toBeLessThan(60);
      expect(session).toMatchObject({
        type: 'realtime',
        object: 'realtime.session',
        id: expect.stringMatching(/^sess_/),
        model: 'gpt-realtime-mini',
        instructions: 'Answer like a pirate.',
        output_modalities: ['text'],
        tools: [],
        audio: { input: { turn_detection: { silence_duration_ms: 900, threshold: 0.5 } } },
      });
      const client = await RealtimeClient.open(own().url, value);
      expect(client.events[0]).toMatchObject({
        session: {
          instructions: 'Answer like a pirate.',
          audio: { input: { turn_detection: { silence_duration_ms: 900 } } },
        },
      });
      client.ask('Who are you?');
      expect((await client.done()).status).toBe('completed');
      expect(model().calls.at(-1)?.body.messages[0]).toEqual({
        role: 'system',
        content: 'Answer like a pirate.',
      });
      await client.leave();
    });

    it('is taken from the subprotocol of a browser', async () => {
      const { value } = await openai().realtime.clientSecrets.create({
        session: { type: 'realtime', instructions: 'Sing.' },
      });
      const { client, session } = await openInBrowser(own().url, value);
      expect(session).toMatchObject({ instructions: 'Sing.' });
      client.close();
    });

    it('is good for nothing else', async () => {
      const { value } = await openai().realtime.clientSecrets.create({});
      const headers = { authorization: `Bearer ${value}` };
      for (const path of [
        '/v1/audio/speech',
        '/v1/realtime/client_secrets',
        '/v1/realtime/sessions',
        '/v1/tts',
      ])
        expect([path, (await post(`${own().url}${path}`, { input: 'Hi.' }, { headers })).status]).toEqual([
          path,
          401,
        ]);
      for (const path of [
        '/v1/usage',
        '/v1/conversations',
        `/ws?api_key=${value}`,
        `/v1/usage?api_key=${value}`,
      ])
        expect([path, (await fetch(`${own().url}${path}`, { headers })).status]).toEqual([path, 401]);
    });

    it('is refused when anything of it is another', async () => {
      const { value } = await openai().realtime.clientSecrets.create({});
      const [text = '', expires = '', signature = ''] = value.slice(3).split('.');
      const other = Buffer.from(JSON.stringify({ session: {}, key: 'default', more: 1 })).toString(
        'base64url',
      );
      const link = await post(
        `${own().url}/v1/audio/speech/url`,
        { input: 'Hi.' },
        { headers: { authorization } },
      );
      const signed = new URL(((await link.json()) as { url: string }).url).searchParams;
      for (const wrong of [
        `ek_${text}.${Number(expires) + 1}.${signature}`,
        `ek_${other}.${expires}.${signature}`,
        `ek_${text}.${expires}.${signature.slice(0, -1)}`,
        `ek_${signed.get('say')}.${signed.get('expires')}.${signed.get('sig')}`,
        'ek_',
        `ek_${'A'.repeat(9000)}`,
      ]) {
        const socket = new WebSocket(`${own().url.replace('http', 'ws')}/v1/realtime`, {
          headers: { authorization: `Bearer ${wrong}` },
        });
        const [, response] = await once(socket, 'unexpected-response');
        expect([wrong.slice(0, 20), response.statusCode]).toEqual([wrong.slice(0, 20), 401]);
        response.destroy();
      }
    });

    it('is made and read where no key is asked for, too', async () => {
      const { value } = await openai(server().url).realtime.clientSecrets.create({
        session: { type: 'transcription' },
      });
      const client = await RealtimeClient.open(server().url, value);
      expect(client.events[0]).toMatchObject({ session: { type: 'transcription' } });
      await client.leave();
      const usual = await RealtimeClient.open(server().url, 'any');
      expect(usual.events[0]).toMatchObject({ session: { type: 'realtime' } });
      await usual.leave();
    });

    it('holds a session of 8 KiB, and says so of a larger one', async () => {
      const { value } = await openai().realtime.clientSecrets.create({
        session: { type: 'realtime', instructions: 'a'.repeat(8100) },
      });
      const client = await RealtimeClient.open(own().url, value);
      expect(client.events[0]).toMatchObject({ session: { instructions: 'a'.repeat(8100) } });
      await client.leave();
      const instructions = 'a'.repeat(8200);
      const [status, error] = await refuse('/v1/realtime/client_secrets', { session: { instructions } });
      expect([status, error.param]).toEqual([400, 'session']);
    });

    it.each<[object, string]>([
      [{ expires_after: { anchor: 'created_at', seconds: 9 } }, 'expires_after.seconds'],
      [{ expires_after: { anchor: 'created_at', seconds: 7201 } }, 'expires_after.seconds'],
      [{ expires_after: { anchor: 'now' } }, 'expires_after.anchor'],
      [{ session: 'all' }, 'session'],
      [{ session: { type: 'video' } }, 'session.type'],
      [{ session: { audio: { output: { speed: 9 } } } }, 'session.audio.output.speed'],
      [{ session: { tools: [{ type: 'mcp', server_label: 'x' }] } }, 'session.tools.0.type'],
    ])('is not made of %j', async (body, param) => {
      const [status, error] = await refuse('/v1/realtime/client_secrets', body);
      expect([status, error.param, error.code]).toEqual([400, param, 'invalid_value']);
    });

    it('comes with the session of the beta', async () => {
      const made = await openai().beta.realtime.sessions.create({ instructions: 'Be old.', voice: 'alloy' });
      expect(made).toMatchObject({ instructions: 'Be old.', modalities: ['text', 'audio'] });
      expect(Math.abs(made.client_secret.expires_at - nowSeconds() - 60)).toBeLessThan(50);
      const client = await RealtimeClient.openBeta(own().url, made.client_secret.value);
      expect(client.events[0]).toMatchObject({
        session: { instructions: 'Be old.', modalities: ['text', 'audio'] },
      });
      await client.leave();
      const writing = await openai().beta.realtime.transcriptionSessions.create({
        input_audio_format: 'g711_ulaw',
      });
      expect(writing).toMatchObject({
        input_audio_format: 'g711_ulaw',
        client_secret: { value: expect.stringMatching(/^ek_/) },
      });
    });
  });
}
