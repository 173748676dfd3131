import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../server.ts';
import { ascii, type Context, endless, lacks, startingMs, uint32 } from './context.ts';
import { LiveClient, type LiveMessage, refusal, said, type TimedMessage } from './live-client.ts';

const MiB = 2 ** 20;

function audioOf(messages: readonly LiveMessage[]): Buffer {
  return Buffer.concat(messages.flatMap(({ audio }) => audio ?? []));
}

/** Several utterances over one socket of `/v1/tts/live`, as voice agents have it. */
export function addFishLiveAgain(context: Context): void {
  describe('a socket of /v1/tts/live after finish', () => {
    addUtterances(context);
    addBounds(context);
  });
  describe('/v1/tts/live/with-timestamp', () => addTimes(context));
}

function addUtterances(context: Context): void {
  const { runtime, server, origin } = context;

  it('takes the next start: each utterance has a format and a voice of its own', async () => {
    const session = await LiveClient.open(server().url);
    const from = said(context).length;
    const rates: number[] = [];
    for (const [text, format, voice] of [
      ['One is first. And goes on.', 'wav', 'anna'],
      ['Two follows it.', 'mp3', null],
      ['Three as well.', 'pcm', null],
      ['Four is opus.', 'opus', null],
      ['Five ends it.', 'wav', null],
    ] as const) {
      session.begin({ format, reference_id: voice, sample_rate: format === 'wav' ? 24_000 : null });
      session.say(text);
      const messages = await session.finish();
      expect(messages.at(-1)).toEqual({ event: 'finish', reason: 'stop' });
      const audio = audioOf(messages);
      expect(audio.length).toBeGreaterThan(2000);
      if (format === 'wav') {
        rates.push(uint32(audio, 24));
        expect(audio.indexOf('RIFF', 4)).toBe(-1);
      }
      expect(ascii(audio, 0, 4) === 'RIFF').toBe(format === 'wav');
      expect(ascii(audio, 0, 4) === 'OggS').toBe(format === 'opus');
    }
    expect(rates).toEqual([24_000, 24_000]);
    const spoken = origin()
      .spoken.slice(from)
      .map(({ body }) => body as { text: string; reference_id: string | null; references: unknown[] });
    expect(spoken.filter(({ reference_id }) => reference_id === 'anna')).toHaveLength(2);
    const first = spoken.find(({ text }) => text === 'Two follows it.'); // nothing is left of the voice before it
    expect(first?.references ?? []).toEqual([]);
    await session.leave();
  });

  it('may stop before it said anything, and start again', async () => {
    const session = await LiveClient.start(server().url);
    expect(await session.finish()).toEqual([{ event: 'finish', reason: 'stop' }]);
    session.send({ event: 'stop' }); // there is nothing to stop
    session.send({ event: 'flush' });
    session.begin();
    session.say('Now it speaks.');
    expect(audioOf(await session.finish()).length).toBeGreaterThan(2000);
    await session.leave();
  });

  it.each<[string, (session: LiveClient) => void, RegExp]>([
    [
      'a start before the end of the one before',
      (session) => {
        session.begin({ text: '[[chunkMs=50]] It is not said yet.' });
        session.begin();
      },
      /started already/,
    ],
    ['text that belongs to no start', (session) => session.say('Hello?'), /first event must be start/],
    ['a start with what cannot be', (session) => session.begin({ top_p: 7 }), /top_p/],
  ])('ends with an error after %s', async (_, act, message) => {
    const session = await LiveClient.start(server().url, { text: 'Hello.' });
    await session.finish();
    act(session);
    expect(await session.end()).toEqual({
      event: 'finish',
      reason: 'error',
      message: expect.stringMatching(message),
    });
    expect(await session.closed).toBe(1000);
  });

  it('is told when it only sends what means nothing', async () => {
    const session = await LiveClient.start(server().url);
    await session.finish();
    for (let i = 0; i < 999; i++) session.send({ event: 'ping' }); // beside an empty start and a stop; no more, as Deno cuts those who go on
    const message = 'Too many messages that say nothing.';
    expect(await session.end()).toEqual({ event: 'finish', reason: 'error', message });
  });

  const stops = { skip: lacks(runtime, 'process'), timeout: startingMs };
  it('is closed when the server stops', stops, async () => {
    const own = await startServer(runtime, { env: { FISH_BACKEND: origin().url } });
    const [resting, again] = [await LiveClient.start(own.url), await LiveClient.start(own.url)];
    for (const session of [resting, again]) await session.finish();
    again.begin({ text: '[[chunkBytes=20000]] [[chunkMs=50]] These words are said to their end.' });
    again.send({ event: 'flush' });
    await expect.poll(() => again.audio.length).toBeGreaterThan(0);
    own.signal('SIGTERM');
    expect(await resting.closed).toBe(1000);
    expect(resting.messages).toEqual([{ event: 'finish', reason: 'stop' }]); // not a second one
    expect(await again.end()).toEqual({ event: 'finish', reason: 'stop' });
    expect(await own.exited).toBe(0);
  });
}

function addBounds({ runtime, origin }: Context): void {
  it('is closed when nothing comes', { timeout: startingMs }, async () => {
    const own = await startServer(runtime, {
      env: { FISH_BACKEND: origin().url, FISH_LIVE_IDLE_TIMEOUT: '2s' },
    });
    const session = await LiveClient.start(own.url, { text: 'Hello.' });
    const messages = await session.finish();
    expect(await session.closed).toBe(1000);
    expect(session.messages).toHaveLength(messages.length); // the finish was sent already
    await own.stop();
  });

  describe('with room for two', () => {
    let own: RunningServer;
    beforeAll(async () => {
      const limits = { FISH_MAX_SOCKETS: '2', FISH_CLIENT_SHARE: '100' };
      own = await startServer(runtime, {
        env: { FISH_BACKEND: origin().url, FISH_MAX_BODY: '2MiB', ...limits },
      });
    });
    afterAll(() => own?.stop());

    it.skipIf(lacks(runtime, 'sockets-of-others'))(
      'makes room for a new one, the longest at rest first',
      async () => {
        const [first, second] = [await LiveClient.start(own.url), await LiveClient.start(own.url)];
        expect((await refusal(own.url)).status).toBe(503);
        await second.finish();
        await first.finish();
        const third = await LiveClient.start(own.url);
        expect(await second.closed).toBe(1000);
        const heard = first.audio.length;
        first.begin({ text: `${endless} It speaks again.` });
        first.send({ event: 'flush' });
        await expect.poll(() => first.audio.length).toBeGreaterThan(heard);
        expect((await refusal(own.url)).status).toBe(503); // nobody rests any more
        for (const session of [first, third]) await session.leave();
        await origin().until(() => origin().queued === 0);
      },
    );

    it.runIf(lacks(runtime, 'sockets-of-others'))(
      'keeps its place where nobody else may close it',
      async () => {
        const [first, second] = [await LiveClient.start(own.url), await LiveClient.start(own.url)];
        await first.finish();
        expect((await refusal(own.url)).status).toBe(503);
        first.begin({ text: 'It speaks.' });
        expect((await first.finish()).at(-1)).toEqual({ event: 'finish', reason: 'stop' });
        for (const session of [first, second]) await session.leave();
      },
    );

    it('may start with as large a message as before, and send no larger ones', async () => {
      const session = await LiveClient.openInPlace(own.url);
      session.begin();
      await session.finish();
      session.begin({ more: ' '.repeat(1.5 * MiB) });
      expect((await session.finish()).at(-1)).toMatchObject({ reason: 'stop' });
      session.send({ event: 'ping' });
      session.begin({ more: ' '.repeat(1.5 * MiB) });
      expect(await session.end()).toMatchObject({ reason: 'error', message: /larger than/ });
    });
  });

  it('counts each start as a request', { timeout: startingMs }, async () => {
    const own = await startServer(runtime, {
      env: { FISH_BACKEND: origin().url, FISH_API_KEY: 'sesame', FISH_RATE_LIMIT: '2' },
    });
    const session = await LiveClient.start(own.url, {}, { authorization: 'Bearer sesame' });
    await session.finish();
    session.begin();
    await session.finish();
    session.begin();
    expect(await session.end()).toMatchObject({
      reason: 'error',
      message: expect.stringMatching(/Too many requests/),
    });
    await own.stop();
  });
}

function addTimes({ server }: Context): void {
  const path = '/v1/tts/live/with-timestamp';
  const open = (): Promise<LiveClient> => LiveClient.open(server().url, { model: 's2-pro' }, path);

  it('says with the audio what is said when', async () => {
    const session = await open();
    for (const text of [
      'The first sentence comes first. The second one follows it.',
      'Again, from the start.',
    ]) {
      session.begin();
      for (const word of text.split(/(?<= )/)) session.say(word);
      const messages = (await session.finish()) as TimedMessage[];
      const events = messages.slice(0, -1);
      expect(messages.at(-1)).toEqual({ event: 'finish', reason: 'stop', time: expect.any(Number) });
      const times = messages.map(({ time }) => time);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      expect(events.every(({ event, audio }) => event === 'audio' && audio instanceof Uint8Array)).toBe(true);
      const known = events.filter(({ alignment }) => alignment !== null);
      expect(known.map(({ content }) => content).join(' ')).toBe(text);
      expect(known.map(({ chunk_seq }) => chunk_seq)).toEqual(known.map((_, index) => index));
      expect(known[0]?.chunk_audio_offset_sec).toBe(0);
      const last = known.at(-1);
      const end = (last?.chunk_audio_offset_sec ?? 0) + (last?.alignment?.audio_duration ?? 0);
      expect(Math.abs(end - audioOf(events).length / 2 / 44_100)).toBeLessThan(0.3); // a pause may follow
      const words = known.flatMap(({ alignment }) => alignment?.segments.map((word) => word.text));
      expect(words).toEqual(text.match(/\w+/g));
    }
    await session.leave();
  });

  it('tells of errors as the cloud does, and closes', async () => {
    const session = await open();
    session.begin({ reference_id: 'nobody', text: 'Hello.' });
    session.send({ event: 'stop' });
    expect(await session.end()).toEqual({ event: 'error', error: expect.stringMatching(/nobody/) });
    expect(await session.closed).toBe(1000);
  });

  it('is a socket and nothing else', async () => {
    const response = await fetch(`${server().url}${path}`);
    expect(response.status).toBe(426);
    expect((await fetch(`${server().url}${path}`, { method: 'POST' })).status).toBe(405);
  });

  it('is found with the two slashes of clients whose address ends in one', async () => {
    for (const doubled of [`/${path}`, '//v1/tts/live']) {
      const session = await LiveClient.open(server().url, {}, doubled);
      await session.leave();
    }
  });
}
