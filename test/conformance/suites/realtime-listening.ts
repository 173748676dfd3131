import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FakeModel, startFakeModel } from '../../fake-model.ts';
import { type FakeTranscriber, startFakeTranscriber } from '../../fake-transcriber.ts';
import { type RunningServer, startServer } from '../server.ts';
import { type Context, startingMs } from './context.ts';
import { type ErrorEvent, RealtimeClient } from './realtime-client.ts';

const key = 'listening-secret';
const rate = 24_000;
/** What a microphone sends at once. */
const pieceMs = 100;

/** Somebody speaks, as loudness tells: a tone. */
function sound(ms: number): Buffer {
  const samples = Int16Array.from({ length: (rate * ms) / 1000 }, (_, at) => 12_000 * Math.sin(at / 9));
  return Buffer.from(samples.buffer);
}

function quiet(ms: number): Buffer {
  return Buffer.alloc(((rate * ms) / 1000) * 2);
}

/** Sends audio as a microphone does, in pieces. */
function hear(client: RealtimeClient, ...audio: readonly Buffer[]): void {
  const all = Buffer.concat(audio);
  const step = (rate / 1000) * pieceMs * 2;
  for (let at = 0; at < all.length; at += step) {
    const piece = all.subarray(at, at + step).toString('base64');
    client.send({ type: 'input_audio_buffer.append', audio: piece });
  }
}

const committed = ['input_audio_buffer.committed', 'conversation.item.added', 'conversation.item.done'];
const heardTurn = ['input_audio_buffer.speech_started', 'input_audio_buffer.speech_stopped', ...committed];
const transcribed = [
  'conversation.item.input_audio_transcription.delta',
  'conversation.item.input_audio_transcription.completed',
];

/** What the Realtime protocol hears: a recogniser of OpenAI's dialect writes it down, so that it is the same on every runtime. */
export function addRealtimeListening(context: Context): void {
  describe('a microphone over the Realtime protocol', () => {
    let server: RunningServer;
    let model: FakeModel;
    let transcriber: FakeTranscriber;
    beforeAll(async () => {
      [model, transcriber] = await Promise.all([startFakeModel(), startFakeTranscriber()]);
      server = await startServer(context.runtime, {
        env: {
          FISH_BACKEND: context.origin().url,
          FISH_API_KEY: key,
          FISH_CACHE: 'off',
          FISH_RETRIES: '0',
          FISH_TRANSCRIPTION_URL: transcriber.url,
          FISH_DATA_DIR: '/dev/null/nowhere', // turns are found by loudness: a tone is none to a model
          LLM_BASE_URL: model.url,
          LLM_API_KEY: 'of-the-model',
        },
      });
    }, startingMs);
    afterAll(async () => {
      await server?.stop();
      await Promise.all([model?.close(), transcriber?.close()]);
    });
    const open = async (input: object = {}): Promise<RealtimeClient> => {
      const client = await RealtimeClient.open(server.url, key);
      client.send({
        type: 'session.update',
        session: { type: 'realtime', audio: { input: { transcription: { model: 'whisper-1' }, ...input } } },
      });
      await client.next('session.updated');
      return client;
    };

    it('hears a turn, writes it down and answers it, the events in their order', async () => {
      const client = await open();
      const from = client.events.length;
      hear(client, quiet(500), sound(1000), quiet(1000));
      expect((await client.done()).status).toBe('completed');
      const types = client.types(from);
      expect(types.slice(0, 9)).toEqual([
        ...heardTurn,
        ...transcribed,
        'response.created',
        'response.output_item.added',
      ]);
      const started = client.events.find(({ type }) => type === 'input_audio_buffer.speech_started');
      const stopped = client.events.find(({ type }) => type === 'input_audio_buffer.speech_stopped');
      expect(Math.abs(Number(started?.audio_start_ms) - 200)).toBeLessThanOrEqual(100); // with its prefix
      expect(Math.abs(Number(stopped?.audio_end_ms) - 2200)).toBeLessThanOrEqual(200); // with its silence
      const completed = client.events.find(({ type }) => type === transcribed[1]);
      expect(completed?.item_id).toBe(started?.item_id);
      expect(completed?.transcript).toBe(client.joined(transcribed[0] ?? ''));
      expect(model.calls.at(-1)?.body.messages.at(-1)).toEqual({
        role: 'user',
        content: completed?.transcript,
      });
      await client.leave();
    });

    it('stops what is being said when the user speaks, and answers that', async () => {
      const client = await open();
      client.ask('[[endless]] [[tokensPerSecond=100]] Talk.');
      await client.next('response.output_audio.delta');
      const from = client.events.length;
      hear(client, quiet(300), sound(800), quiet(1000));
      const { status, status_details: details } = await client.done();
      expect([status, details?.reason]).toEqual(['cancelled', 'turn_detected']);
      await model.until(() => model.calls.some(({ ended }) => ended === 'left'));
      expect((await client.done()).status).toBe('completed');
      const types = client.types(from).filter((type) => !type.includes('.delta'));
      expect(types.slice(0, 3)).toEqual([
        'input_audio_buffer.speech_started',
        'response.output_audio.done',
        'response.output_audio_transcript.done',
      ]);
      await client.leave();
    });

    it('leaves turns to a client that wants to end them, and waits for their text before it answers', async () => {
      const client = await open({ turn_detection: null });
      const from = client.events.length;
      hear(client, sound(500), quiet(1500), sound(500));
      client.send({ type: 'input_audio_buffer.commit' });
      client.send({ type: 'response.create' });
      expect((await client.done()).status).toBe('completed');
      const types = client.types(from);
      expect(types.slice(0, 3)).toEqual(committed);
      expect(types).not.toContain('input_audio_buffer.speech_started');
      expect(types.filter((type) => type === 'response.created')).toHaveLength(1);
      const completed = client.events.find(({ type }) => type === transcribed[1]);
      expect(completed?.usage).toEqual({ type: 'duration', seconds: 2.5 });
      expect(model.calls.at(-1)?.body.messages.at(-1)?.content).toBe(completed?.transcript);
      await client.leave();
    });

    it('forgets what is cleared', async () => {
      const client = await open({ turn_detection: null });
      hear(client, sound(500));
      client.send({ type: 'input_audio_buffer.clear' });
      client.send({ type: 'input_audio_buffer.commit', event_id: 'empty' });
      const { error } = (await client.next('error')) as ErrorEvent;
      expect(error).toMatchObject({ code: 'input_audio_buffer_commit_empty', event_id: 'empty' });
      await client.leave();
    });

    it('hears G.711', async () => {
      const client = await open({ format: { type: 'audio/pcmu' }, turn_detection: null });
      const from = transcriber.forms.length;
      const second = Buffer.from(Uint8Array.from({ length: 8000 }, (_, at) => (at % 16 < 8 ? 0x20 : 0xa0)));
      client.send({ type: 'input_audio_buffer.append', audio: second.toString('base64') });
      client.send({ type: 'input_audio_buffer.commit' });
      await client.next(transcribed[1] ?? '');
      const bytes = transcriber.forms[from]?.file.length ?? 0; // WAV at 16 kHz
      expect(Math.abs(bytes - 32_044)).toBeLessThan(400);
      await client.leave();
    });

    it('writes down recordings that come within an item, and answers them', async () => {
      const client = await open({ turn_detection: null });
      const from = client.events.length;
      const recording = sound(800);
      const content = [
        { type: 'input_text' as const, text: 'Listen to this.' },
        { type: 'input_audio' as const, audio: recording.toString('base64') },
      ];
      client.send({
        type: 'conversation.item.create',
        item: { id: 'rec', type: 'message', role: 'user', content },
      });
      client.send({ type: 'response.create' });
      expect((await client.done()).status).toBe('completed');
      const heard = `heard ${44 + recording.length} bytes`; // a WAV at the rate of the line
      expect(client.events.slice(from).find(({ type }) => type === transcribed[1])).toMatchObject({
        item_id: 'rec',
        content_index: 1,
        transcript: heard,
      });
      expect(model.calls.at(-1)?.body.messages.at(-1)?.content).toBe(`Listen to this.\n${heard}`);
      client.send({ type: 'conversation.item.retrieve', item_id: 'rec' });
      expect(await client.next('conversation.item.retrieved')).toMatchObject({
        item: { content: [{ text: 'Listen to this.' }, { type: 'input_audio', transcript: heard }] },
      });
      await client.leave();
    });

    it('says of a recording that is none, or is not understood, what is wrong', async () => {
      const client = await open({ turn_detection: null });
      const create = (id: string, part: object, role = 'user'): void =>
        client.sendRaw(
          JSON.stringify({
            ...{ type: 'conversation.item.create', event_id: id },
            item: { id, type: 'message', role, content: [part] },
          }),
        );
      const next = async (): Promise<object> => ((await client.next('error')) as ErrorEvent).error;
      create('odd', { type: 'input_audio', audio: 'AAAA' });
      expect(await next()).toMatchObject({
        code: 'invalid_audio',
        param: 'item.content.0.audio',
        event_id: 'odd',
      });
      create('none', { type: 'input_audio', audio: '' });
      expect(await next()).toMatchObject({ code: 'invalid_audio', event_id: 'none' });
      create('silent', { type: 'input_audio' });
      expect(await next()).toMatchObject({ param: 'item.content.0', event_id: 'silent' });
      create('hers', { type: 'input_audio', audio: 'AAAAAAAA' }, 'assistant');
      expect(await next()).toMatchObject({ event_id: 'hers' });
      client.send({ type: 'conversation.item.retrieve', item_id: 'odd' });
      expect(await next()).toMatchObject({ code: 'item_not_found' });
      await client.leave();
    });

    it('only writes down in a session that asks for that', async () => {
      const client = await RealtimeClient.open(server.url, key, { intent: 'transcription' });
      expect(client.events[0]).toMatchObject({ session: { type: 'transcription' } });
      const before = model.calls.length;
      hear(client, quiet(300), sound(800), quiet(1000));
      await client.next(transcribed[1] ?? '');
      expect(client.types()).toEqual(['session.created', ...heardTurn, ...transcribed]);
      client.send({ type: 'response.create' });
      await client.next('error');
      expect(model.calls.length).toBe(before);
      await client.leave();
    });
  });
}
