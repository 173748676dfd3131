import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Sentences, TooMuchText } from '../../src/live/sentences.ts';

const options = { partLength: 60, maxPart: 2000, maxWaiting: 3000 };

/** What would come now; undefined when nothing would. */
async function soon(next: Promise<string | undefined>): Promise<string | undefined> {
  return Promise.race([next, new Promise<undefined>((resolve) => setTimeout(resolve, 5))]);
}

async function all(sentences: Sentences): Promise<string[]> {
  const parts: string[] = [];
  for (let part = await sentences.next(); part !== undefined; part = await sentences.next()) parts.push(part);
  return parts;
}

describe('text that is still being written', () => {
  it('gives a reader that waits each sentence when the next one begins', async () => {
    const sentences = new Sentences(options);
    const first = sentences.next();
    for (const word of ['Dr. ', 'Brown ', 'paid ', '3.', '50. ']) sentences.push(word);
    expect(await soon(first)).toBeUndefined();
    sentences.push('Nobody');
    expect(await first).toBe('Dr. Brown paid 3.50.');
  });

  it('gives longer parts while nobody waits', async () => {
    const sentences = new Sentences(options);
    sentences.push('One sentence. Two sentences. ');
    sentences.push('Three sentences, and this one is long. Four');
    expect(await sentences.next()).toBe(
      'One sentence. Two sentences. Three sentences, and this one is long.',
    );
  });

  it('ends with what was flushed, once all of it was handed out', async () => {
    const sentences = new Sentences(options);
    sentences.push('No sentence yet');
    sentences.flushToEnd();
    expect(sentences.isEnded).toBe(false);
    expect(await all(sentences)).toEqual(['No sentence yet']);
    expect(sentences.isEnded).toBe(true);
  });

  it('goes on where more is written before that', async () => {
    const sentences = new Sentences(options);
    sentences.push('No sentence yet');
    sentences.flushToEnd();
    sentences.push(', but more to come');
    expect(await sentences.next()).toBe('No sentence yet');
    const next = sentences.next();
    expect(await soon(next.then(() => 'too soon'))).toBeUndefined();
    sentences.flushToEnd();
    expect(await next).toBe(', but more to come');
    expect(await sentences.next()).toBeUndefined();
  });

  it('is not kept from its end by spaces', async () => {
    const sentences = new Sentences(options);
    sentences.push('All of it.');
    sentences.flushToEnd();
    sentences.push(' \n ');
    expect(await all(sentences)).toEqual(['All of it.']);
  });

  it('cuts a sentence that does not end', async () => {
    const sentences = new Sentences(options);
    const next = sentences.next();
    for (let i = 0; i < 50; i++) sentences.push(`and then this happened, ${i} times, `);
    const part = await next;
    expect(part?.length).toBeGreaterThan(200);
    expect(part).toMatch(/(times|happened),$/);
  });

  it('gives no part that is too long, and cuts it where it may be', async () => {
    const sentences = new Sentences({ ...options, maxPart: 40 });
    sentences.push('First of all. Then the second, and more of it. And at last the third one. Done.');
    sentences.end();
    const parts = await all(sentences);
    expect(parts).toEqual([
      'First of all.',
      'Then the second, and more of it.',
      'And at last the third one.',
      'Done.', // may have gone on until the end
    ]);
  });

  it('gives what there is at a flush', async () => {
    const sentences = new Sentences(options);
    sentences.push('Not a whole');
    sentences.flush();
    sentences.push(' sentence');
    sentences.end();
    expect(await all(sentences)).toEqual(['Not a whole', 'sentence']);
  });

  it('keeps marks until there is something to say', async () => {
    const sentences = new Sentences(options);
    sentences.push('... ');
    sentences.flush();
    const next = sentences.next();
    expect(await soon(next)).toBeUndefined();
    sentences.push('and so on');
    sentences.end();
    expect(await next).toBe('... and so on');
    expect(await sentences.next()).toBeUndefined();
  });

  it('lets a reader go when it is dropped', async () => {
    const sentences = new Sentences(options);
    const next = sentences.next();
    sentences.drop();
    sentences.push('Never said. Never heard.');
    expect(await next).toBeUndefined();
    expect(await sentences.next()).toBeUndefined();
  });

  it('looks at a few of many messages that come at once, and at all of them a turn later', async () => {
    const calls: (() => void)[] = [];
    const sentences = new Sentences({ ...options, later: (call) => calls.push(call) });
    const next = sentences.next();
    for (let i = 0; i < 100; i++) sentences.push('a.');
    sentences.push(' Whole. This');
    expect(await soon(next)).toBeUndefined();
    for (const call of calls.splice(0)) call();
    expect(await next).toBe(`${'a.'.repeat(100)} Whole.`);
  });

  it('keeps little of what says nothing, and says what comes after it', async () => {
    const sentences = new Sentences({ ...options, maxWaiting: 10_000 });
    for (let i = 0; i < 100; i++) sentences.push('.,; '.repeat(1000));
    sentences.push('A word.');
    sentences.end();
    const [part = ''] = await all(sentences);
    expect(part).toMatch(/A word\.$/);
    expect(part.length).toBeLessThan(2000);
  });

  it('refuses more than may wait, and keeps the rest', async () => {
    const sentences = new Sentences(options);
    sentences.push('x'.repeat(2990));
    expect(() => sentences.push('y'.repeat(20))).toThrow(TooMuchText);
    sentences.end();
    expect((await all(sentences)).join('')).toBe('x'.repeat(2990));
  });

  it('loses nothing and changes no order, however the text arrives', async () => {
    const piece = fc.stringMatching(/^[a-zé0-9 .,!?\n"—漢字。]{0,30}$/);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(piece, fc.boolean()), { maxLength: 20 }), async (pieces) => {
        const sentences = new Sentences({ partLength: 20, maxPart: 25, maxWaiting: 10_000 });
        const reading = all(sentences);
        for (const [text, isFlushed] of pieces) {
          sentences.push(text);
          if (isFlushed) sentences.flush();
          await Promise.resolve();
        }
        sentences.end();
        const letters = (text: string): string => text.replace(/[^\p{L}\p{N}]/gu, '');
        expect(letters((await reading).join(''))).toBe(letters(pieces.map(([text]) => text).join('')));
      }),
    );
  });
});
