import { APIError } from 'openai';
import { Stream } from 'openai/streaming';
import { describe, expect, it } from 'vitest';
import type { SpokenSegment } from '../../src/core/engine.ts';
import { SpeechFailure } from '../../src/core/errors.ts';
import { createSpeechServer, parseEvents, rate, tone } from './speech-server.ts';

const path = '/v1/audio/speech';
const asked = { input: 'Hello there. Goodbye.', response_format: 'wav', stream_format: 'sse' };

interface SpeechEvent {
  type: string;
  audio: string;
}

describe('speech as server-sent events', () => {
  it('carries the same bytes as the plain answer, then the usage', async () => {
    const server = createSpeechServer(() => ({ body: tone(2) }));
    const plain = new Uint8Array(
      await (await server.post(path, { ...asked, stream_format: 'audio' })).arrayBuffer(),
    );
    const response = await server.post(path, asked);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(response.headers.get('x-engine')).toBe('fake');
    const events = parseEvents(await response.text());
    const audio = events
      .filter(({ data }) => data.type === 'speech.audio.delta')
      .map(({ data }) => Buffer.from(String(data.audio), 'base64'));
    expect(Buffer.concat(audio).equals(plain)).toBe(true);
    expect(events.at(-1)?.data).toEqual({
      type: 'speech.audio.done',
      usage: { input_tokens: 6, output_tokens: 40, total_tokens: 46 },
    });
  });

  it('cuts long chunks into events of a bounded size', async () => {
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(new Uint8Array(rate * 2 * 10));
        controller.close();
      },
    });
    const server = createSpeechServer(() => ({ body }));
    const events = parseEvents(await (await server.post(path, asked)).text());
    const lengths = events.map(({ data }) => String(data.audio ?? '').length);
    expect(Math.max(...lengths)).toBe(32 * 1024);
  });

  it('ends with an error event when it breaks off, which the OpenAI client throws', async () => {
    const fails = (): never => {
      throw new SpeechFailure({ code: 'timeout', stage: 'idle' }, new Error('secret cause'));
    };
    const server = createSpeechServer(() => ({ body: tone(0.3, fails) }));
    const response = await server.post(path, asked);
    expect(response.status).toBe(200);
    const copy = response.clone();
    const stream = Stream.fromSSEResponse<SpeechEvent>(response, new AbortController());
    const types: string[] = [];
    const reading = (async () => {
      for await (const event of stream) types.push(event.type);
    })();
    await expect(reading).rejects.toThrow(APIError);
    expect(types).toEqual(Array(3).fill('speech.audio.delta'));
    const last = parseEvents(await copy.text()).at(-1);
    expect(last?.name).toBe('error');
    expect(last?.data).toMatchObject({
      type: 'error',
      error: { code: 'timeout', message: 'Request timeout' },
    });
    expect(JSON.stringify(last)).not.toContain('secret');
    expect(server.logs).toContainEqual(expect.objectContaining({ message: 'speech broke off' }));
  });

  it('is a status, not an event, when nothing was ever heard', async () => {
    const server = createSpeechServer(() => {
      throw new SpeechFailure({ code: 'origin_unavailable' });
    });
    expect((await server.post(path, asked)).status).toBe(502);
  });

  it('says that it lives while the engine is silent', async () => {
    const goOn = Promise.withResolvers<void>();
    const server = createSpeechServer(() => ({ body: tone(0.1, () => goOn.promise) }));
    const reader = (await server.post(path, asked)).body?.pipeThrough(new TextDecoderStream()).getReader();
    const next = async (): Promise<string | undefined> => (await reader?.read())?.value;
    expect(await next()).toContain('speech.audio.delta');
    const silence = next();
    await new Promise((resolve) => setTimeout(resolve)); // until it waits for the engine
    server.clock.advance(10_000);
    expect(await silence).toBe(': keep-alive\n\n');
    goOn.resolve();
    expect(await next()).toContain('speech.audio.done');
  });

  it('stops the engine when its reader leaves', async () => {
    const left = Promise.withResolvers<void>();
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(4800)),
      cancel: () => left.resolve(),
    });
    const response = await createSpeechServer(() => ({ body })).post(path, asked);
    const reader = response.body?.getReader();
    await reader?.read();
    await reader?.cancel();
    await left.promise;
  });

  it('tells when each segment is said as soon as it was', async () => {
    const timeline: SpokenSegment[] = [];
    const first = { text: 'Hello there.', start: 0, end: rate / 10 };
    const words = [{ index: 0, start: rate / 4, end: rate / 2 }];
    const second = { text: 'Goodbye.', start: rate / 5, end: rate / 2, words };
    const source = tone(0.5, () => void timeline.push(second)).getReader();
    const body = new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          const { done, value } = await source.read();
          if (done) return controller.close();
          if (timeline.length === 0) timeline.push(first);
          controller.enqueue(value);
        },
      },
      { highWaterMark: 0 },
    );
    const server = createSpeechServer(() => ({ body, timeline }));
    const events = parseEvents(await (await server.post(path, { ...asked, timestamps: true })).text());
    const kinds = events.map(({ data }) => String(data.type).replace('speech.audio.', ''));
    expect(kinds).toEqual(['delta', 'timestamps', 'delta', 'delta', 'delta', 'delta', 'timestamps', 'done']);
    expect(events[1]?.data.segments).toMatchObject([
      {
        id: 0,
        text: 'Hello there.',
        start: 0,
        end: 0.1,
        words: [
          { word: 'Hello', start: 0, estimated: true },
          { word: 'there', end: 0.1, estimated: true },
        ],
      },
    ]);
    expect(events[6]?.data.segments).toEqual([
      { id: 1, text: 'Goodbye.', start: 0.2, end: 0.5, words: [{ word: 'Goodbye', start: 0.25, end: 0.5 }] },
    ]);
  });
});
