import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FakeModel } from '../../fake-model.ts';
import type { RunningServer } from '../server.ts';
import { ChatClient } from './chat-client.ts';
import { type Context, startingMs } from './context.ts';
import { startListeningServer } from './listening-server.ts';
import { quiet, MICROPHONE_RATE as RATE, speak } from './tones.ts';

/** Seconds of a file: what was said, the sound before it and the silence behind. */
const COUGH_SECONDS = 1.1;

/** What a user hears who plays all audio at once, and says nothing meanwhile. */
async function playedOut(client: ChatClient, from: number): Promise<void> {
  await sleep((client.audio.length - from) / 48);
}

const story =
  'One day a small fox went to town. It met an old bear on the road. They sat down and had some tea. ';

/** A conversation by voice, on every runtime: turns are found by loudness, and understood by an upstream. */
export function addChatMicrophone(context: Context): void {
  describe('/ws by microphone', () => {
    const texts: string[] = [];
    let listening: Awaited<ReturnType<typeof startListeningServer>> | undefined;
    let server: RunningServer;
    let model: FakeModel;
    beforeAll(async () => {
      listening = await startListeningServer(context, '300ms', ({ file }) =>
        file.length / 2 / RATE < COUGH_SECONDS ? '' : (texts.shift() ?? 'Nothing was prepared.'),
      );
      ({ server, model } = listening);
    }, startingMs);
    afterAll(() => listening?.close());

    it('goes through five turns, of which one was interrupted and one was not', {
      timeout: startingMs,
    }, async () => {
      const client = await ChatClient.open(server.url);
      client.send('start_listening', { sample_rate: RATE });
      await quiet(client, 200);
      const turn = async (text: string): Promise<void> => {
        texts.push(text);
        await speak(client, 1000);
        await quiet(client, 500);
      };

      await turn('[[say=Hello to you.]] Hello!');
      await client.until('audio_complete');
      expect(client.order('stt_finished', 'stt_final', 'text_stream_start', 'audio_complete')).toEqual([
        'stt_finished',
        'stt_final',
        'text_stream_start',
        'audio_complete',
      ]);
      expect(client.all('stt_finished')).toMatchObject([{ text: '[[say=Hello to you.]] Hello!' }]);
      await playedOut(client, 0);

      await turn(`[[say=${story.repeat(4)}]] A story, please.`);
      await client.until('audio_chunk_meta', 2);
      await speak(client, 200); // a cough
      await quiet(client, 500);
      await client.until('audio_resumed');
      const resumedAt = client.messages.length;
      await expect
        .poll(() => client.messages.slice(resumedAt).some((each) => Buffer.isBuffer(each)))
        .toBe(true);
      expect(client.all('interrupted')).toEqual([]);
      const pausedAt = client.messages.findIndex(
        (each) => !Buffer.isBuffer(each) && each.type === 'audio_paused',
      );
      const backAt = client.messages.findIndex(
        (each) => !Buffer.isBuffer(each) && each.type === 'audio_resumed',
      );
      expect(client.messages.slice(pausedAt, backAt).filter((each) => Buffer.isBuffer(each))).toEqual([]);

      await turn('[[say=I stop now.]] Stop it, please.');
      const { text: heard } = await client.until('interrupted');
      await client.until('audio_complete', 3);
      expect(client.all('audio_complete').map(({ interrupted }) => interrupted)).toEqual([
        undefined,
        true,
        undefined,
      ]);
      const full = story.repeat(4).trim();
      expect(full.startsWith(String(heard))).toBe(true);
      expect(String(heard)).toMatch(/^One day\b/);
      expect(String(heard).length).toBeLessThan(full.length);
      await playedOut(client, client.audio.length - 60_000);

      await turn('[[say=You are welcome.]] Thank you.');
      await client.until('audio_complete', 4);
      client.send('stop_listening');
      await playedOut(client, client.audio.length - 60_000);
      client.say('[[say=Goodbye.]] Bye.');
      await client.until('audio_complete', 5);
      expect(
        model.calls
          .at(-1)
          ?.body.messages.slice(1)
          .map(({ content }) => String(content).replace(/\[\[.*?\]\] /, '')),
      ).toEqual([
        'Hello!',
        '<Assistant>Hello to you.</Assistant>',
        'A story, please.',
        `<Assistant>${heard}</Assistant>`,
        'Stop it, please.',
        '<Assistant>I stop now.</Assistant>',
        'Thank you.',
        '<Assistant>You are welcome.</Assistant>',
        'Bye.',
      ]);
      await client.leave();
    });

    it('answers what is no audio with an error, and hears what follows', {
      timeout: startingMs,
    }, async () => {
      const client = await ChatClient.open(server.url);
      client.send('start_listening');
      client.socket.send(new Uint8Array(641));
      expect(await client.until('error')).toMatchObject({ message: expect.stringMatching(/16-bit/) });
      client.socket.send(Buffer.concat([Buffer.from('RIFF'), Buffer.alloc(636)]));
      expect(await client.until('error', 2)).toMatchObject({ message: expect.stringMatching(/WAV/) });
      texts.push('[[say=I heard you.]] Do you hear me?');
      await quiet(client, 100);
      await speak(client, 1200);
      await quiet(client, 100);
      client.send('stop_listening'); // before the silence that would have ended it
      await client.until('audio_complete');
      expect(client.text).toBe('I heard you.');
      client.socket.send(new Uint8Array(640)); // was on its way
      client.send('ping');
      await client.until('pong');
      expect(client.all('error')).toHaveLength(2);
      await client.leave();
    });
  });
}
