import { describe, expect, it } from 'vitest';
import { History } from '../../src/conversation/history.ts';
import type { LanguageModel } from '../../src/core/conversation.ts';
import { messagesFor, respondersTo, withoutTags } from '../../src/dialects/chat/cast.ts';
import type { Character } from '../../src/services/characters.ts';

const character = (name: string, isActive = true): Character => ({
  id: name,
  name,
  systemPrompt: '',
  isActive,
});
const cast = [character('Zoe'), character('Dr. Anna Bell'), character('Émile', false), character('Bob')];

describe('who answers', () => {
  it.each([
    ['Hello?', ['Bob', 'Dr. Anna Bell', 'Zoe']],
    ['Zoe, ask bell.', ['Zoe', 'Dr. Anna Bell']],
    ['émile is asked although he is quiet', ['Émile']],
    ['Bobby and belle are others', ['Bob', 'Dr. Anna Bell', 'Zoe']],
    ['"Anna!" (Bob...)', ['Dr. Anna Bell', 'Bob']],
  ])('%s', (text, names) => {
    expect(respondersTo(text, cast).map(({ name }) => name)).toEqual(names);
  });
});

it('forgets the oldest of a long conversation, and what was not heard', () => {
  const history = new History();
  for (let i = 0; i < 150; i++) history.add({ role: 'user', content: `${i}` });
  expect(history.entries).toHaveLength(100);
  expect(history.entries[0]?.content).toBe('50');
  const entry = { role: 'assistant', name: 'Bob', content: '' } as const;
  const kept = { ...entry };
  history.settle(kept, 'All of it.');
  history.settle(kept, 'All');
  expect(messagesFor(character('Bob'), cast, history.entries).at(-1)).toEqual({
    role: 'assistant',
    content: '<Bob>All</Bob>',
  });
  history.settle(kept, '');
  expect(history.entries.at(-1)?.content).toBe('149');
  history.add({ role: 'user', content: 'x'.repeat(47_999) });
  expect(history.entries.length).toBeLessThan(3);
});

describe('tags that a model writes', () => {
  const read = async (pieces: readonly string[]): Promise<string[]> => {
    const model: LanguageModel = {
      isSetUp: true,
      async *answer() {
        for (const text of pieces) yield { kind: 'text', text };
        yield { kind: 'end', reason: 'stop' };
      },
    };
    const texts: string[] = [];
    const request = { messages: [], settings: {} };
    for await (const event of withoutTags(model, 'Bob').answer(request, new AbortController().signal))
      if (event.kind === 'text') texts.push(event.text);
    return texts;
  };

  it.each<[readonly string[], string]>([
    [['<Bob>Hello.</Bob>'], 'Hello.'],
    [['<', 'B', 'ob', '>Hel', 'lo.</', 'Bob>'], 'Hello.'],
    [['1 < 2', ' and <Bobby> too <B'], '1 < 2 and <Bobby> too <B'],
  ])('%j', async (pieces, text) => {
    expect((await read(pieces)).join('')).toBe(text);
  });

  it('are the only thing that is waited for', async () => {
    expect(await read(['Hello', ' you', ' <b', 'ig>'])).toEqual(['Hello', ' you', ' <b', 'ig>']);
  });
});
