import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { type RunningServer, startServer } from '../server.ts';
import { type Context, endless, lacks, startingMs } from './context.ts';
import { badHandshake, LiveClient, refusal, said } from './live-client.ts';

/** How sessions of `/v1/tts/live` are refused, break off and end. */
export function addFishLiveEnds(context: Context): void {
  describe('sessions of /v1/tts/live', () => {
    addRefusals(context);
    addEnds(context);
  });
}

function addRefusals({ runtime, server }: Context): void {
  const url = (): string => server().url;

  it.each<[string, (session: LiveClient) => void, RegExp]>([
    ['text instead of MessagePack', ({ socket }) => socket.send('hello'), /MessagePack/],
    ['broken MessagePack', ({ socket }) => socket.send(Uint8Array.of(0xdf, 0xff)), /MessagePack/],
    ['text before start', (session) => session.say('Hello.'), /start/],
    [
      'a second start',
      (session) => {
        for (let i = 0; i < 2; i++) session.send({ event: 'start', request: {} });
      },
      /started already/,
    ],
    ['a start without a request', (session) => session.send({ event: 'start' }), /request/],
    [
      'a value out of range',
      (session) => session.send({ event: 'start', request: { top_p: 7 } }),
      /top_p must be between/,
    ],
    [
      'a reference without audio', // what the JavaScript client makes of a File
      (session) => session.send({ event: 'start', request: { references: [{ audio: {}, text: 'a' }] } }),
      /references/,
    ],
    [
      'a voice that does not exist',
      (session) => {
        session.send({ event: 'start', request: { reference_id: 'nobody', text: 'Hello.' } });
        session.send({ event: 'stop' });
      },
      /nobody/,
    ],
    [
      'an origin that fails',
      (session) => {
        session.send({ event: 'start', request: { text: 'It is said. [[engineFails]] It is not.' } });
        session.send({ event: 'stop' });
      },
      /^The speech server could not speak this request; check its text\.$/,
    ],
  ])('ends with an error after %s', async (_, act, message) => {
    const session = await LiveClient.open(url());
    act(session);
    expect(await session.end()).toEqual({
      event: 'finish',
      reason: 'error',
      message: expect.stringMatching(message),
    });
    expect(await session.closed).toBe(1000);
  });

  const key = { authorization: 'Bearer sesame' };
  const startLocked = (limits: Readonly<Record<string, string>>): Promise<RunningServer> =>
    startServer(runtime, {
      env: { FISH_BACKEND: 'http://127.0.0.1:9', FISH_API_KEY: 'sesame', ...limits },
    });

  describe('with a key and room for one', () => {
    let own: RunningServer;
    beforeAll(async () => {
      own = await startLocked({ FISH_MAX_SOCKETS: '1' });
    });
    afterAll(() => own?.stop());

    it('is refused before it opens', async () => {
      const { status, body } = await refusal(own.url, { authorization: 'Bearer wrong' });
      expect([status, JSON.parse(body).message]).toEqual([401, 'Invalid token']);
      expect((await refusal(own.url)).status).toBe(401);
    });

    it('is for as many as there is room for', async () => {
      const session = await LiveClient.openInPlace(own.url, key);
      expect((await refusal(own.url, key)).status).toBe(503);
      session.socket.close();
      await session.closed;
    });

    it('has room again after handshakes that came to nothing', async () => {
      const halves = { ...key, connection: 'Upgrade', upgrade: 'websocket' };
      for (let i = 0; i < 3; i++) await badHandshake(own.url, halves);

      const session = await LiveClient.openInPlace(own.url, key);
      session.socket.close();
      await session.closed;
    });

    it('is told when it only sends what means nothing', async () => {
      const session = await LiveClient.openInPlace(own.url, key);
      session.begin();
      for (let i = 0; i < 1100; i++) session.say('.');
      const message = 'Too many messages that say nothing.';
      expect(await session.end()).toEqual({ event: 'finish', reason: 'error', message });
    });
  });

  describe('with little patience', () => {
    let own: RunningServer;
    beforeAll(async () => {
      own = await startLocked({ FISH_LIVE_IDLE_TIMEOUT: '1s' });
    });
    afterAll(() => own?.stop());

    it.each<[string, (session: LiveClient) => void]>([
      ['unknown events', (session) => session.send({ event: 'ping' })],
      ['empty text', (session) => session.say('')],
      ['spaces', (session) => session.say(' \n ')],
      ['text without a letter or digit', (session) => session.say('... ')],
      ['flushes of nothing', (session) => session.send({ event: 'flush' })],
      ['pings', ({ socket }) => socket.ping()],
    ])('is idle whatever it sends that means nothing: %s', async (_, act) => {
      const session = await LiveClient.start(own.url, {}, key);
      const chatter = setInterval(() => {
        if (session.socket.readyState === WebSocket.OPEN) act(session);
      }, 100);
      expect(await session.end()).toEqual({ event: 'finish', reason: 'stop' });
      clearInterval(chatter);
    });

    it('ends when nothing comes', async () => {
      const idle = await LiveClient.start(own.url, {}, key);
      expect(await idle.end()).toEqual({ event: 'finish', reason: 'stop' });
    });
  });

  it(
    'ends when it is never started',
    async () => {
      const own = await startLocked({ FISH_READ_TIMEOUT: '2s' });
      const unstarted = await LiveClient.open(own.url, key);
      const message = 'The request did not arrive in time.';
      expect(await unstarted.end()).toEqual({ event: 'finish', reason: 'error', message });
      await own.stop();
    },
    startingMs,
  );
}

function addEnds(context: Context): void {
  const { runtime, server, origin } = context;

  /** The origin goes on speaking for clients that left; the next test must not wait behind them. */
  afterEach(() => origin().until(() => origin().queued === 0));

  it('stops what a client that leaves had asked for', async () => {
    const session = await LiveClient.start(server().url);
    const before = origin().spoken.length;
    session.say(`${endless} A long story. `, `${endless} Another one. `, 'A third.');
    await expect.poll(() => session.audio.length).toBeGreaterThan(0);
    session.socket.terminate();
    await origin().until(() =>
      origin()
        .spoken.slice(before)
        .every(({ leftAt, doneAt }) => leftAt ?? doneAt),
    );
    expect(said(context, before).map(({ text }) => text)).not.toContain('A third.');
  });

  it.skipIf(lacks(runtime, 'socket-pressure'))('makes no more than a client takes', async () => {
    const session = await LiveClient.start(server().url);
    session.socket.pause();
    const before = origin().spoken.length;
    for (let i = 0; i < 40; i++) session.say(`[[bodyBytes=2000000]] Sentence number ${i} is a long one. `);
    await origin().until(() => origin().spoken.length > before + 1);
    await origin().until(() => origin().queued === 0);
    const made = origin().spoken.length - before;
    expect(made).toBeLessThan(20);
    session.socket.resume();
    await expect.poll(() => origin().spoken.length - before, { timeout: 15_000 }).toBeGreaterThan(made);
    session.socket.terminate();
  });

  const stops = { skip: lacks(runtime, 'process'), timeout: startingMs };
  it('says what was written when the server stops', stops, async () => {
    const own = await startServer(runtime, { env: { FISH_BACKEND: origin().url } });
    const [idle, busy] = [await LiveClient.start(own.url), await LiveClient.start(own.url)];
    const unstarted = await LiveClient.open(own.url);
    busy.say('[[chunkBytes=20000]] [[chunkMs=50]] The last words are said');
    busy.send({ event: 'flush' });
    busy.say(' to their end.');
    await expect.poll(() => busy.audio.length).toBeGreaterThan(0);
    own.signal('SIGTERM');
    for (const session of [idle, busy, unstarted]) {
      expect(await session.end()).toEqual({ event: 'finish', reason: 'stop' });
    }
    expect(said(context).at(-1)?.text).toBe('to their end.');
    expect(await own.exited).toBe(0);
  });

  it('is cut when the server has waited long enough', stops, async () => {
    const env = { FISH_BACKEND: origin().url, FISH_SHUTDOWN_TIMEOUT: '300ms' };
    const own = await startServer(runtime, { env });
    const session = await LiveClient.start(own.url);
    session.say(`${endless} A long story.`);
    session.send({ event: 'flush' });
    await expect.poll(() => session.audio.length).toBeGreaterThan(0);
    own.signal('SIGTERM');
    expect(await own.exited).toBe(0);
    expect(await session.closed).not.toBe(1000);
  });
}
