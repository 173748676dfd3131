import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FakeModel } from '../../fake-model.ts';
import type { FakeTranscriber } from '../../fake-transcriber.ts';
import type { RunningServer } from '../server.ts';
import { ChatClient, chatKey } from './chat-client.ts';
import { type Context, startingMs } from './context.ts';
import { startListeningServer } from './listening-server.ts';
import { quiet, speak } from './tones.ts';

/** Less than the silence that ends a turn here: it stays a pause for as long as nothing more is sent. */
const PAUSE_MS = 300;
const REST_MS = 700;

/** What was understood is told as long as somebody speaks. */
const isAnswer = (message: ChatClient['messages'][number]): boolean =>
  Buffer.isBuffer(message) || message.type !== 'stt_update';

interface Usage {
  readonly data: readonly { readonly characters: number; readonly requests: number }[];
}

/** Answers that are begun before a turn is known to be over, on every runtime: the test says when the silence goes on. */
export function addChatEarly(context: Context): void {
  describe('/ws while a user may have finished', () => {
    const texts: string[] = [];
    let listening: Awaited<ReturnType<typeof startListeningServer>> | undefined;
    let server: RunningServer;
    let model: FakeModel;
    let transcriber: FakeTranscriber;
    beforeAll(async () => {
      listening = await startListeningServer(
        context,
        '600ms',
        () => texts.shift() ?? 'Nothing was prepared.',
      );
      ({ server, model, transcriber } = listening);
    }, startingMs);
    afterAll(() => listening?.close());

    const spoken = (text: string): boolean =>
      context.origin().spoken.some(({ body }) => JSON.stringify(body).includes(text));
    const usage = async (): Promise<{ readonly characters: number; readonly requests: number }> => {
      const headers = { authorization: `Bearer ${chatKey}` };
      const { data } = (await (await fetch(`${server.url}/v1/usage`, { headers })).json()) as Usage;
      return { characters: data[0]?.characters ?? 0, requests: data[0]?.requests ?? 0 };
    };
    /** Somebody has said something, and is silent for a moment. */
    const pause = async (text: string): Promise<ChatClient> => {
      texts.splice(0, texts.length, text);
      const client = await ChatClient.open(server.url);
      client.send('start_listening');
      await quiet(client, 200);
      await speak(client, 1000);
      await quiet(client, PAUSE_MS);
      return client;
    };

    it('has the first sentence spoken before the turn is over, and sends it when it is', {
      timeout: startingMs,
    }, async () => {
      const [asked, heard] = [model.calls.length, transcriber.forms.length];
      const client = await pause('[[say=The early bird one. And the worm.]] What is it?');
      await expect.poll(() => spoken('early bird one'), { timeout: startingMs }).toBe(true);
      expect(model.calls.length - asked).toBe(1);
      expect(client.messages.filter(isAnswer)).toEqual([]);
      await quiet(client, REST_MS);
      await client.until('audio_complete');
      expect(client.order('stt_finished', 'text_stream_start', 'text_chunk', 'audio_complete')).toEqual([
        'stt_finished',
        'text_stream_start',
        'text_chunk',
        'audio_complete',
      ]);
      expect(client.text).toBe('The early bird one. And the worm.');
      expect([model.calls.length - asked, transcriber.forms.length - heard]).toEqual([1, 1]);
      await client.leave();
    });

    it('leaves nothing of it when the user goes on', { timeout: startingMs }, async () => {
      const [asked, before] = [model.calls.length, await usage()];
      const client = await pause('[[endless]] [[tokensPerSecond=20]] What is');
      await model.until(() => (model.calls[asked]?.tokens ?? 0) > 0);
      texts.push('[[say=A whole answer.]] What is the whole question?');
      await speak(client, 500);
      await model.until(() => model.calls[asked]?.ended === 'left');
      await quiet(client, PAUSE_MS + REST_MS);
      await client.until('audio_complete');
      expect(client.text).toBe('A whole answer.');
      expect(client.all('text_stream_start')).toHaveLength(1);
      const messages = model.calls.at(-1)?.body.messages.slice(1);
      expect(messages).toEqual([
        { role: 'user', content: '[[say=A whole answer.]] What is the whole question?' },
      ]);
      const answered = {
        characters: before.characters + 'A whole answer.'.length,
        requests: before.requests + 1,
      };
      await expect.poll(usage).toEqual(answered);
      await client.leave();
    });

    it('stops it when the client interrupts, and answers the turn all the same', {
      timeout: startingMs,
    }, async () => {
      const asked = model.calls.length;
      const client = await pause('[[endless]] [[tokensPerSecond=20]] What is');
      await model.until(() => (model.calls[asked]?.tokens ?? 0) > 0);
      client.send('interrupt');
      await model.until(() => model.calls[asked]?.ended === 'left');
      expect(client.messages.filter(isAnswer)).toEqual([]);
      await quiet(client, REST_MS);
      await client.until('audio_stream_start');
      expect(model.calls.length - asked).toBe(2);
      await client.leave();
      await model.until(() => model.calls[asked + 1]?.ended === 'left');
    });

    it('stops it when the client leaves', { timeout: startingMs }, async () => {
      const asked = model.calls.length;
      const client = await pause('[[endless]] [[tokensPerSecond=20]] What is');
      await model.until(() => (model.calls[asked]?.tokens ?? 0) > 0);
      await client.leave();
      await model.until(() => model.calls[asked]?.ended === 'left');
    });
  });
}
