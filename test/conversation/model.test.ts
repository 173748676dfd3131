import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createOpenaiModel, type ModelOptions } from '../../src/conversation/model/openai-model.ts';
import type { ModelEvent, ModelRequest } from '../../src/core/conversation.ts';
import { SpeechFailure } from '../../src/core/errors.ts';
import { ClientGone } from '../../src/stream/cancel.ts';
import { type FakeModel, modelTrouble, startFakeModel } from '../fake-model.ts';
import { createFakeClock, realClock } from '../stream/fake-clock.ts';

const key = 'sk-the-key';
let server: FakeModel;
beforeAll(async () => {
  server = await startFakeModel({ key });
});
afterAll(() => server.close());

const optionsOf = (more: Partial<ModelOptions> = {}): ModelOptions => ({
  url: server.url,
  key,
  isSetUp: true,
  model: 'llama-8b',
  maxTokens: 500,
  firstTokenTimeoutMs: 30_000,
  nextTokenTimeoutMs: 30_000,
  totalTimeoutMs: 60_000,
  retries: 0,
  ...more,
});
const modelOf = (more: Partial<ModelOptions> = {}, clock = realClock) =>
  createOpenaiModel(optionsOf(more), { fetch: (url, init) => fetch(url, init), clock });
const never = new AbortController().signal;
const say = (content: string, more: Partial<ModelRequest> = {}): ModelRequest => ({
  messages: [{ role: 'user', content }],
  settings: {},
  ...more,
});
const textOf = (events: readonly ModelEvent[]): string =>
  events.map((event) => (event.kind === 'text' ? event.text : '')).join('');

/** What came, and what it failed with. */
async function listen(
  request: ModelRequest,
  { model = modelOf(), signal = never } = {},
): Promise<{ events: ModelEvent[]; error: unknown }> {
  const events: ModelEvent[] = [];
  try {
    for await (const event of model.answer(request, signal)) events.push(event);
  } catch (error) {
    return { events, error };
  }
  return { events, error: undefined };
}

const codeOf = (error: unknown): unknown =>
  error instanceof SpeechFailure ? error.error : error instanceof ClientGone ? 'client_gone' : error;

/** All that a client could get to see of an error. */
const shown = (error: unknown): string => JSON.stringify((error as SpeechFailure).error);

describe('an answer', () => {
  it('comes token by token, with its end and what it cost', async () => {
    const { events, error } = await listen(say('[[say=The weather is fine today.]] How is it?'));
    expect(error).toBeUndefined();
    expect(textOf(events)).toBe('The weather is fine today.');
    expect(events.filter(({ kind }) => kind === 'text').length).toBeGreaterThan(4);
    expect(events.at(-1)).toEqual({ kind: 'end', reason: 'stop', inputTokens: 12, outputTokens: 6 });
    expect(server.calls.at(-1)).toMatchObject({ ended: 'finished' });
  });

  it('is told before the model has written the next word', async () => {
    const chunks = modelOf()
      .answer(say('[[say=One two.]] [[heldAfterTokens=1]]'), never)
      [Symbol.asyncIterator]();
    expect(await chunks.next()).toMatchObject({ value: { kind: 'text', text: 'One' } });
    server.release();
    expect(await chunks.next()).toMatchObject({ value: { kind: 'text', text: ' two.' } });
    await chunks.return?.();
  });

  it('asks for what the conversation set, and for no more tokens than the operator allows', async () => {
    const settings = {
      temperature: 0.3,
      topP: 0.9,
      minP: 0.05,
      topK: 40,
      frequencyPenalty: 0.1,
      presencePenalty: 0.2,
      repetitionPenalty: 1.1,
      maxTokens: 9999,
    };
    const tools = [{ name: 'weather', description: 'of a place', parameters: { type: 'object' } }];
    await listen({
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'assistant', content: '', toolCalls: [{ id: 'c1', name: 'weather', arguments: '{}' }] },
        { role: 'tool', content: 'rain', toolCallId: 'c1' },
        { role: 'user', content: `half \ud83d` },
      ],
      settings,
      tools,
      toolChoice: 'weather',
    });
    const { body, headers } = server.calls.at(-1) ?? {};
    expect(headers?.authorization).toBe(`Bearer ${key}`);
    expect(body).toEqual({
      model: 'llama-8b',
      stream: true,
      stream_options: { include_usage: true },
      max_tokens: 500,
      temperature: 0.3,
      top_p: 0.9,
      min_p: 0.05,
      top_k: 40,
      frequency_penalty: 0.1,
      presence_penalty: 0.2,
      repetition_penalty: 1.1,
      messages: [
        { role: 'system', content: 'Be brief.' },
        {
          role: 'assistant',
          content: null,
          tool_calls: [{ id: 'c1', type: 'function', function: { name: 'weather', arguments: '{}' } }],
        },
        { role: 'tool', content: 'rain', tool_call_id: 'c1' },
        { role: 'user', content: 'half \ufffd' },
      ],
      tools: [
        {
          type: 'function',
          function: { name: 'weather', description: 'of a place', parameters: { type: 'object' } },
        },
      ],
      tool_choice: { type: 'function', function: { name: 'weather' } },
    });
  });

  it('calls functions: the name first, then its arguments in parts', async () => {
    const { events } = await listen(say('[[say=Wait.]] [[tool=weather:{"place":"Hanoi","days":[1,2]}]]'));
    const calls = events.filter(({ kind }) => kind === 'tool-call');
    expect(calls).toEqual([{ kind: 'tool-call', index: 0, id: 'call_1', name: 'weather' }]);
    const parts = events.flatMap((event) => (event.kind === 'tool-arguments' ? event.text : []));
    expect(parts.length).toBeGreaterThan(1);
    expect(JSON.parse(parts.join(''))).toEqual({ place: 'Hanoi', days: [1, 2] });
    expect(events.at(-1)).toMatchObject({ kind: 'end', reason: 'tool-calls' });
  });

  it('keeps characters whole, however they were cut on their way', async () => {
    const text = 'Trời đẹp 😀 quá, déjà 日本.';
    const bytewise = await listen(say(`[[say=${text}]] [[splitBytes=3]]`));
    expect(textOf(bytewise.events)).toBe(text);
    const unitwise = await listen(say(`[[say=${text}]] [[halfSurrogates]]`));
    expect(textOf(unitwise.events)).toBe(text);
    const pieces = unitwise.events.flatMap((event) => (event.kind === 'text' ? event.text : []));
    expect(pieces.every((piece) => piece.isWellFormed())).toBe(true);
  });

  it('needs no new connection for each answer', async () => {
    const ports = new Set<unknown>();
    const counting = await startFakeModel();
    try {
      const model = createOpenaiModel(optionsOf({ url: counting.url, key: '' }), {
        fetch: (url, init) => fetch(url, init),
        clock: realClock,
      });
      for (let i = 0; i < 6; i++) {
        expect((await listen(say('Hello there.'), { model })).error).toBeUndefined();
        ports.add(counting.calls.at(-1)?.port);
      }
      expect(ports.size).toBeLessThan(4); // the end of a body may come after the next question
      expect(counting.calls[0]?.headers.authorization).toBeUndefined(); // there is no key
    } finally {
      await counting.close();
    }
  });
});

describe('an answer that fails', () => {
  const unavailable = { code: 'engine_unavailable', message: 'The language model is not available.' };

  it.each([
    ['a wrong key', { key: 'sk-wrong' }, 'Hello.', unavailable],
    ['500', {}, '[[status=500]]', unavailable],
    ['502 twice', { retries: 1 }, '[[status=502]]', unavailable],
    ['a page', {}, '[[html]]', unavailable],
    ['404', { url: 'http://127.0.0.1:9/v1' }, 'Hello.', unavailable],
    ['a connection that breaks before the answer', {}, '[[dieAfterTokens=0]]', unavailable],
    [
      '400',
      {},
      '[[status=400]]',
      { code: 'invalid_value', message: 'The language model refuses this request.' },
    ],
    [
      '429',
      {},
      '[[status=429]] [[retryAfter=7]]',
      { code: 'overloaded', retryAfterSeconds: 7, message: 'The language model is busy.' },
    ],
    [
      '429 with a wait that is nonsense',
      {},
      '[[status=429]] [[retryAfter=Wed, 21 Oct 2099 07:28:00 GMT]]',
      { code: 'overloaded', retryAfterSeconds: 1, message: 'The language model is busy.' },
    ],
  ])('by %s before its first token says so, without a word of the server', async (_, more, text, error) => {
    const seen = await listen(say(text), { model: modelOf(more) });
    expect(seen.events).toEqual([]);
    expect(codeOf(seen.error)).toEqual(error);
    expect(shown(seen.error)).not.toContain(modelTrouble.slice(0, 10));
  });

  it.each([
    ['a connection that breaks', '[[dieAfterTokens=3]]'],
    ['an error event', '[[errorAfterTokens=3]]'],
    ['lines that are no JSON', '[[nonsenseAfterTokens=3]]'],
    ['an end without a reason', '[[stopAfterTokens=3]]'],
  ])('by %s in the middle keeps what came', async (_, marker) => {
    const before = server.calls.length;
    const seen = await listen(say(`[[say=One two three four five.]] ${marker}`), {
      model: modelOf({ retries: 3 }),
    });
    expect(textOf(seen.events)).toBe('One two three');
    expect(codeOf(seen.error)).toEqual(unavailable);
    expect(shown(seen.error)).not.toContain(modelTrouble.slice(0, 10));
    expect(server.calls.length - before).toBe(1); // never asked for again once somebody heard of it
  });

  it('in the middle of a character keeps what was whole', async () => {
    const seen = await listen(say('[[say=A fine]] [[halfCharacter]]'));
    expect(textOf(seen.events)).toBe('A fine');
    expect(codeOf(seen.error)).toEqual(unavailable);
  });

  it('is asked for again before its first token when the server says that it is its fault', async () => {
    const before = server.calls.length;
    await listen(say('[[status=503]]'), { model: modelOf({ retries: 2 }) });
    expect(server.calls.length - before).toBe(3);
    await listen(say('[[status=400]]'), { model: modelOf({ retries: 2 }) });
    await listen(say('[[status=429]]'), { model: modelOf({ retries: 2 }) });
    expect(server.calls.length - before).toBe(5);
  });

  it('is nobody else’s answer: without a model it is refused at once', async () => {
    const { error } = await listen(say('Hello.'), { model: modelOf({ isSetUp: false }) });
    expect(codeOf(error)).toEqual({ code: 'not_supported', message: 'No language model is set up.' });
  });
});

describe('an answer that stalls', () => {
  it('before its first token is given up after the wait for it', async () => {
    const clock = createFakeClock();
    const before = server.calls.length;
    const answer = listen(say('[[stallAfterTokens=0]]'), { model: modelOf({}, clock) });
    await server.until(() => server.calls.length > before);
    clock.advance(30_000);
    expect(codeOf((await answer).error)).toEqual({ code: 'timeout', stage: 'first-token' });
    await server.until(() => server.calls.at(-1)?.ended === 'left');
    expect(clock.pending).toBe(0);
  });

  it('in the middle is given up after the longest gap, and its connection closed', async () => {
    const clock = createFakeClock();
    const events: ModelEvent[] = [];
    const asked = say('[[say=One two three.]] [[stallAfterTokens=2]]');
    const reading = (async () => {
      for await (const event of modelOf({ nextTokenTimeoutMs: 5000 }, clock).answer(asked, never)) {
        events.push(event);
      }
    })().catch((error: unknown) => error);
    await server.until(() => textOf(events) === 'One two');
    clock.advance(5000);
    expect(codeOf(await reading)).toEqual({ code: 'timeout', stage: 'idle' });
    await server.until(() => server.calls.at(-1)?.ended === 'left');
    expect(clock.pending).toBe(0);
  });

  it('never, and has no end, is given up after the longest time for one', async () => {
    const clock = createFakeClock();
    let tokens = 0;
    const asked = say('[[endless]] [[tokensPerSecond=500]]');
    const reading = (async () => {
      for await (const _ of modelOf({ nextTokenTimeoutMs: 120_000 }, clock).answer(asked, never)) tokens += 1;
    })().catch((error: unknown) => error);
    await server.until(() => tokens > 20);
    clock.advance(60_000);
    expect(codeOf(await reading)).toEqual({ code: 'timeout', stage: 'total' });
    await server.until(() => server.running === 0);
  });
});

describe('a client that leaves', () => {
  it('stops the model, by its signal', async () => {
    const leaving = new AbortController();
    let tokens = 0;
    const reading = (async () => {
      for await (const _ of modelOf().answer(say('[[endless]] [[tokensPerSecond=200]]'), leaving.signal)) {
        tokens += 1;
        if (tokens === 5) leaving.abort();
      }
    })().catch((error: unknown) => error);
    expect(codeOf(await reading)).toBe('client_gone');
    await server.until(() => server.calls.at(-1)?.ended === 'left');
  });

  it('stops the model while it is silent, before and after its first token', async () => {
    for (const marker of ['[[held]]', '[[say=One two.]] [[heldAfterTokens=1]]']) {
      const leaving = new AbortController();
      const before = server.calls.length;
      const reading = listen(say(marker), { signal: leaving.signal });
      await server.until(() => server.calls.length > before);
      leaving.abort();
      expect(codeOf((await reading).error)).toBe('client_gone');
      await server.until(() => server.calls.at(-1)?.ended === 'left');
    }
    server.release();
  });

  it('stops the model by leaving the loop', async () => {
    for await (const event of modelOf().answer(say('[[endless]] [[tokensPerSecond=200]]'), never)) {
      if (event.kind === 'text') break;
    }
    await server.until(() => server.calls.at(-1)?.ended === 'left');
    expect(server.running).toBe(0);
  });
});
