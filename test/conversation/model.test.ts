import { describe, expect, it } from 'vitest';
import { createOpenaiModel } from '../../src/conversation/model/openai-model.ts';
import { modelTrouble, startFakeModel } from '../fake-model.ts';
import { realClock } from '../stream/fake-clock.ts';
import {
  codeOf,
  key,
  listen,
  modelOf,
  never,
  optionsOf,
  say,
  server,
  shown,
  textOf,
} from './model-support.ts';

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
