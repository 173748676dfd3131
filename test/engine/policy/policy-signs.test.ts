import { describe, expect, test } from 'vitest';
import type { Engine } from '../../../src/core/engine.ts';
import type { Voice } from '../../../src/core/voices.ts';
import { voicesByList } from '../../../src/engine/policy/fallback.ts';
import { signs } from '../../../src/engine/policy/pronounced.ts';
import { asking, createFakeEngine, readAll, sound } from './policy-engine.ts';

const never = new AbortController().signal;
const joe: Voice = { id: 'joe', name: 'Joe', description: '', language: 'en-US', aliases: ['onyx'] };
const other: Voice = { ...joe, id: 'other', name: 'Other', aliases: ['nova'] };

function engineWithJoe(): { source: Engine; engine: ReturnType<typeof createFakeEngine> } {
  const engine = createFakeEngine();
  return { engine, source: { ...engine, voices: async () => [joe] } };
}

describe('text of signs alone', () => {
  test.each(['...', '…', '—', '🙂', '  !?  ', '。。。'])('%s is a breath of silence', async (text) => {
    const { source, engine } = engineWithJoe();
    const stream = await signs()(source).open(asking(text), never);
    const pcm = await readAll(stream);
    expect(pcm.length).toBe(stream.length);
    expect(pcm.length / 2 / stream.rate).toBeCloseTo(0.25, 3);
    expect(pcm.every((byte) => byte === 0)).toBe(true);
    expect(engine.calls).toHaveLength(0);
  });

  test('is said where it has a name', async () => {
    const { source, engine } = engineWithJoe();
    const opening = signs()(source).open(asking('&'), never);
    const call = await engine.call(1);
    call.speak(sound(8));
    await opening;
    expect(call.request.text).toContain('and');
  });

  test('has no voice that does not exist', async () => {
    const { source } = engineWithJoe();
    const opening = signs()(source).open(asking('...', { voice: 'nobody' }), never);
    await expect(opening).rejects.toMatchObject({ error: { code: 'voice_not_found' } });
  });

  test.each(['a', '1', 'ß', '你'])('is not what %s is', async (text) => {
    const { source, engine } = engineWithJoe();
    void signs()(source).open(asking(text), never);
    expect((await engine.call(1)).request.text).toBe(text);
  });
});

describe('names of other systems', () => {
  const voices = new Map([
    ['802e3bc2b27e49c2995d23ef70e6ac89', 'joe'],
    ['*', 'other'],
  ]);

  test.each([
    ['802e3bc2b27e49c2995d23ef70e6ac89', 'joe'],
    ['anything', 'other'],
    ['joe', 'joe'],
    ['Joe', 'joe'],
    ['alloy', 'joe'],
    ['Alloy', 'joe'],
    ['onyx', 'joe'],
    ['NOVA', 'other'],
    ['DEFAULT', 'joe'],
    ['', 'joe'],
    [undefined, 'joe'],
  ])('%s is spoken by %s', async (asked, speaker) => {
    const voiceOf = voicesByList({ voices: async () => [joe, other] }, voices);
    expect(await voiceOf(asked)).toBe(speaker);
  });

  test('that nothing is said of are not found', async () => {
    const voiceOf = voicesByList({ voices: async () => [joe] }, new Map());
    await expect(voiceOf('anything')).rejects.toMatchObject({ error: { code: 'voice_not_found' } });
  });
});
