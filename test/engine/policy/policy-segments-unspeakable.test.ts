import { describe, expect, it } from 'vitest';
import { invalid } from '../../../src/core/errors.ts';
import { segments } from '../../../src/engine/policy/segments.ts';
import { wasm } from '../../audio/codecs.ts';
import { asking, createFakeEngine, readAll, sound } from './policy-engine.ts';

const never = new AbortController().signal;

describe('a segment with nothing to say', () => {
  const unspeakable = (): Error => invalid('There is nothing to say in this text.', 'text');

  it('is skipped, at the start and in the middle', async () => {
    const engine = createFakeEngine();
    const opened = segments(
      {},
      { wasm },
    )(engine).open(asking('漢字\n\nHello there, my friend.\n\n漢字\n\nGoodbye, my friend.'), never);
    (await engine.call(1)).fail(unspeakable());
    (await engine.call(2)).speak(sound(100));
    const reading = opened.then(readAll);
    (await engine.call(3)).fail(unspeakable());
    (await engine.call(4)).speak(sound(100));
    expect((await reading).length).toBeGreaterThan(0);
    expect(engine.calls).toHaveLength(4);
  });

  it('is an error when there is no other', async () => {
    const engine = createFakeEngine();
    const opened = segments({}, { wasm })(engine).open(asking('漢字。'), never);
    (await engine.call(1)).fail(unspeakable());
    await expect(opened).rejects.toMatchObject({ error: { code: 'invalid_value' } });
  });
});
