import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WAV_HEADER_BYTES, wavHeader } from '../../src/audio/wav.ts';
import { createListening } from '../../src/conversation/listening/listening.ts';
import { LISTENING_RATE, type Listening, type ListeningEvent } from '../../src/core/conversation.ts';
import type { SpeechError } from '../../src/core/errors.ts';
import type { Clock } from '../../src/core/ports.ts';
import { createUpstreamRecognizer, type UpstreamOptions } from '../../src/recognizer/upstream.ts';
import { type FakeTranscriber, secret, startFakeTranscriber } from '../fake-transcriber.ts';
import { createFakeClock, realClock } from '../stream/fake-clock.ts';

const turnDetection = { threshold: 0.5, prefixMs: 300, silenceMs: 700, earlyTexts: 0 };
const SECOND_BYTES = 2 * LISTENING_RATE;

let server: FakeTranscriber;
beforeAll(async () => {
  server = await startFakeTranscriber();
});
afterAll(() => server.close());

function listeningOf(
  more: Partial<UpstreamOptions> & { timeoutMs?: number; maxSessions?: number } = {},
  clock: Clock = realClock,
): Listening {
  const { timeoutMs = 30_000, maxSessions = 10, ...options } = more;
  const upstream = createUpstreamRecognizer(
    {
      url: server.url,
      key: 'sk-the-key',
      model: 'whisper-9',
      idleTimeoutMs: 30_000,
      totalTimeoutMs: 60_000,
      ...options,
    },
    { fetch: (url, init) => fetch(url, init), clock },
  );
  return createListening(upstream, { turnDetection, maxSessions, timeoutMs }, { clock });
}

/** A hum of 200 Hz, as loud as somebody who speaks, and a quiet room around it. */
function hum(seconds: number): Uint8Array {
  const samples = Int16Array.from({ length: seconds * LISTENING_RATE }, (_, i) =>
    Math.round(6000 * Math.sin((i * 200 * 2 * Math.PI) / LISTENING_RATE)),
  );
  return new Uint8Array(samples.buffer);
}
function room(seconds: number): Uint8Array {
  const samples = Int16Array.from({ length: seconds * LISTENING_RATE }, (_, i) => ((i * 7919) % 41) - 20);
  return new Uint8Array(samples.buffer);
}

/** What came of one turn, whose text comes last. */
async function oneTurn(listening: Listening, language?: string): Promise<ListeningEvent[]> {
  const events: ListeningEvent[] = [];
  return new Promise((resolve) => {
    const listener = listening.open({
      turnDetection,
      language,
      partials: true,
      onEvent(event) {
        events.push(event);
        if (event.kind !== 'final' && event.kind !== 'failed') return;
        listener.close();
        resolve(events);
      },
    });
    listener.push(room(1));
    listener.push(hum(1));
    listener.push(room(1));
  });
}

describe('listening by a server that transcribes', () => {
  it('finds turns by their loudness, and posts each as a WAV file at its end', async () => {
    const events = await oneTurn(listeningOf(), 'vi');
    const form = server.forms.at(-1);
    expect(form).toMatchObject({
      path: '/v1/audio/transcriptions',
      authorization: 'Bearer sk-the-key',
      fields: { model: 'whisper-9', response_format: 'json', language: 'vi' },
      fileName: 'turn.wav',
    });
    const dataBytes = (form?.file.length ?? 0) - WAV_HEADER_BYTES;
    expect(form?.file.subarray(0, WAV_HEADER_BYTES)).toEqual(
      wavHeader({ rate: LISTENING_RATE, channels: 1, dataBytes }),
    );
    expect(Math.abs(dataBytes / SECOND_BYTES - 2)).toBeLessThan(0.1); // 300 ms, a second, 700 ms
    expect(events.map(({ kind }) => kind)).toEqual(['started', 'stopped', 'final']); // each text costs money
    const [started, stopped, final] = events;
    expect(Math.abs((started?.kind === 'started' ? started.atMs : 0) - 700)).toBeLessThan(70);
    expect(Math.abs((stopped?.kind === 'stopped' ? stopped.atMs : 0) - 2700)).toBeLessThan(70);
    expect(final).toMatchObject({ text: `heard ${form?.file.length} bytes` });
  });

  it.each<[string, (response: ServerResponse) => void, SpeechError['code']]>([
    ['refuses our key', (response) => response.writeHead(401).end(secret), 'origin_unavailable'],
    ['fails', (response) => response.writeHead(500).end(secret), 'origin_unavailable'],
    ['refuses the file', (response) => response.writeHead(400).end(secret), 'invalid_value'],
    ['is busy', (response) => response.writeHead(429).end(secret), 'overloaded'],
    ['answers a page', (response) => response.end(`<html>${secret}</html>`), 'origin_unavailable'],
    ['answers no text', (response) => response.end(JSON.stringify({ word: secret })), 'origin_unavailable'],
    ['answers without end', (response) => response.end(secret.repeat(20_000)), 'origin_unavailable'],
    ['breaks off', (response) => response.destroy(), 'origin_unavailable'],
  ])('says so when the server %s, without a word of it, and goes on', async (_, reply, code) => {
    const refusing = await startServer(reply);
    try {
      const listening = listeningOf({ url: refusing.url });
      const events = await oneTurn(listening);
      expect(events.at(-1)).toMatchObject({ kind: 'failed', turn: 0, error: { code } });
      expect(JSON.stringify(events)).not.toContain(secret.slice(0, 10));
      expect((await oneTurn(listening)).at(-1)).toMatchObject({ kind: 'failed', error: { code } });
    } finally {
      await refusing.close();
    }
  });

  it('says so when there is no server', async () => {
    const events = await oneTurn(listeningOf({ url: 'http://127.0.0.1:9' }));
    expect(events.at(-1)).toEqual({ kind: 'failed', turn: 0, error: { code: 'origin_unavailable' } });
  });

  it('waits no longer for a text than it may', async () => {
    const silent = await startServer(() => {});
    try {
      const clock = createFakeClock();
      const turn = oneTurn(listeningOf({ url: silent.url, timeoutMs: 5000 }, clock));
      await expect.poll(silent.asked).toBe(1);
      clock.advance(5000);
      const events = await turn;
      expect(events.at(-1)).toEqual({ kind: 'failed', turn: 0, error: { code: 'timeout', stage: 'total' } });
      await expect.poll(silent.left).toBe(1);
    } finally {
      await silent.close();
    }
  });

  it('leaves the server when its microphone is closed', async () => {
    const silent = await startServer(() => {});
    try {
      const listening = listeningOf({ url: silent.url });
      const listener = listening.open({ turnDetection: undefined, partials: false, onEvent: () => {} });
      listener.push(hum(1));
      listener.commit();
      await expect.poll(silent.asked).toBe(1);
      listener.close();
      await expect.poll(silent.left).toBe(1);
    } finally {
      await silent.close();
    }
  });

  it('refuses one microphone too many, until one is closed', () => {
    const listening = listeningOf({ maxSessions: 1 });
    const options = { turnDetection, partials: false, onEvent: () => {} };
    const first = listening.open(options);
    expect(() => listening.open(options)).toThrow(
      expect.objectContaining({ error: expect.objectContaining({ code: 'overloaded' }) }),
    );
    first.close();
    first.close();
    const second = listening.open(options);
    expect(() => listening.open(options)).toThrow();
    second.close();
  });
});

interface Answering {
  readonly url: string;
  /** Forms that have come, and those whose client left before the answer. */
  asked(): number;
  left(): number;
  close(): Promise<void>;
}

/** Answers every form as `reply` does. */
async function startServer(reply: (response: ServerResponse) => void): Promise<Answering> {
  let [asked, left] = [0, 0];
  const answering = createServer((request, response) => {
    request.resume();
    response.on('close', () => {
      if (!response.writableFinished) left += 1;
    });
    request.on('end', () => {
      asked += 1;
      reply(response);
    });
  });
  await new Promise<void>((resolve) => answering.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(answering.address() as AddressInfo).port}`,
    asked: () => asked,
    left: () => left,
    close: () =>
      new Promise((resolve) => {
        answering.close(() => resolve());
        answering.closeAllConnections();
      }),
  };
}
