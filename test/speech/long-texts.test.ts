import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { segments } from '../../src/engine/policy/segments.ts';
import { isLongerThan } from '../../src/http/fields.ts';
import { fittingPronunciations, withPronunciations } from '../../src/speech/pronounce.ts';
import { countCodePoints, isSpeakable, measureText } from '../../src/speech/speakable.ts';
import { Turns } from '../../src/stream/turns.ts';
import { wasm } from '../audio/codecs.ts';
import { asking, createFakeEngine, sound } from '../engine/policy/policy-engine.ts';
import { realClock } from '../stream/fake-clock.ts';

const never = new AbortController().signal;

describe('the length of a text', () => {
  const anyText = fc.string({ unit: 'binary', maxLength: 50 });

  test('is that of its code points, lone surrogates among them', async () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(anyText, fc.constantFrom('😀', '\ud83d', '\ude00'))), (parts) => {
        const text = parts.join('');
        expect(countCodePoints(text)).toBe([...text].length);
        expect(isLongerThan(text, 10)).toBe([...text].length > 10);
      }),
    );
  });

  test('is the same when it is counted piece by piece', async () => {
    const text = `a${'😀'.repeat(600_000)}`; // pairs lie across the pieces
    expect(await measureText(text, new Turns(realClock))).toBe(600_001);
  });
});

test('a text says something within its beginning, or nothing', () => {
  expect(isSpeakable(`${'!'.repeat(90_000)}a`)).toBe(true);
  expect(isSpeakable(`${'!'.repeat(31_000_000)}a`)).toBe(false);
});

describe('an engine', () => {
  test('is never given a book in one piece', async () => {
    const engine = createFakeEngine();
    const policy = segments({ enabled: () => false, alone: 'untouched' }, { wasm, clock: realClock });
    const opening = policy(engine).open(asking('A word and another. '.repeat(10_000)), never);
    const call = await engine.call(1);
    expect(call.request.text.length).toBeLessThan(1000);
    call.speak(sound(100));
    await (await opening).body.cancel();
  });

  test('begins before the rest of a text was looked at, also where that says nothing', async () => {
    const engine = createFakeEngine();
    const policy = segments({ alone: 'untouched' }, { wasm, clock: realClock });
    const opening = policy(engine).open(asking(`One word. ${'!? '.repeat(10_000_000)}`), never);
    const call = await engine.call(1);
    expect(call.request.text).toMatch(/^One word\./);
    call.speak(sound(100));
    await (await opening).body.cancel();
  });
});

describe('a thousand taught words', () => {
  const taught = Array.from({ length: 1000 }, (_, id) => ({
    id: String(id),
    word: `word${id}`,
    alias: 'x'.repeat(200),
  }));

  test('are found in a text, and only those that stand there', () => {
    const text = 'word7, Word999 word70 sword7 word7s';
    expect(fittingPronunciations(text, taught, undefined).map(({ word }) => word)).toEqual([
      'word999',
      'word70',
      'word7',
    ]);
  });

  test('make a text longer only so far', () => {
    const text = 'word7 '.repeat(2000);
    const spoken = withPronunciations({ ...asking(text), pronunciations: taught }).text;
    expect(spoken.length).toBeLessThan(10_000 + 6 * text.length);
    expect(spoken.endsWith('word7 ')).toBe(true);
    expect(spoken.startsWith('xxx')).toBe(true);
  });
});
