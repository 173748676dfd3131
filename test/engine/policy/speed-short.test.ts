import { describe, expect, test } from 'vitest';
import { createStretcher } from '../../../src/audio/dsp/stretch.ts';
import type { Channels } from '../../../src/audio/pcm.ts';
import type { Engine } from '../../../src/core/engine.ts';
import { prosody } from '../../../src/engine/policy/prosody.ts';
import { segments } from '../../../src/engine/policy/segments.ts';
import { wasm } from '../../audio/codecs.ts';
import { buzz, render } from '../../audio/signals.ts';
import { asking, readAll } from './policy-engine.ts';

const rate = 24_000;
const sonic = await wasm('stretch');
const stretched = prosody(async (hertz, channels, factor) => createStretcher(hertz, channels, factor, sonic));
const never = new AbortController().signal;

/** Says a voiced sound of so many seconds, with silence around it as models leave it. */
function engineOf(seconds: number, channels: Channels): Engine {
  const around = 0.15;
  const voice = buzz(120);
  const pcm = render(rate, channels, seconds + 2 * around, (t) => {
    const at = t - around;
    return at < 0 || at > seconds ? 0 : voice(at) * Math.min(1, (seconds - at) / 0.05);
  });
  return {
    id: 'short',
    voices: async () => [],
    open: async () => ({
      rate,
      channels,
      engine: 'short',
      body: new Blob([pcm as Uint8Array<ArrayBuffer>]).stream(),
    }),
  };
}

async function secondsAt(engine: Engine, factor: number, channels: Channels): Promise<number> {
  const stream = await engine.open(asking('Yes.', { speed: factor }), never);
  return (await readAll(stream)).length / 2 / channels / rate;
}

describe('a speech of less than a second keeps its length at every speed', () => {
  const ways: readonly [string, (inner: Engine) => Engine][] = [
    ['trimmed, as the embedded voice', (inner) => segments({}, { wasm })(stretched(inner))],
    ['untouched, as an origin', (inner) => segments({ alone: 'untouched' }, { wasm })(stretched(inner))],
  ];
  test.each(ways)('%s', async (_, wrap) => {
    for (const channels of [1, 2] as const) {
      for (const seconds of [0.3, 0.5, 0.7, 1]) {
        const engine = wrap(engineOf(seconds, channels));
        const normal = await secondsAt(engine, 1, channels);
        for (const factor of [0.25, 0.5, 0.8, 1.5, 2, 4]) {
          const wanted = normal / factor;
          const found = await secondsAt(engine, factor, channels);
          const margin = Math.max(0.03 * wanted, 0.02);
          expect.soft(Math.abs(found - wanted), `${seconds} s at ${factor}: ${found}`).toBeLessThan(margin);
        }
      }
    }
  });

  test('so does a pause inside of it, however slow', async () => {
    const engine = segments(
      {},
      { wasm },
    )(
      stretched({
        ...engineOf(1, 1),
        open: async () => {
          const voice = buzz(120);
          const pcm = render(rate, 1, 1.5, (t) => (t < 0.4 || t > 1.1 ? voice(t) : 0));
          return {
            rate,
            channels: 1,
            engine: 'short',
            body: new Blob([pcm as Uint8Array<ArrayBuffer>]).stream(),
          };
        },
      }),
    );
    const normal = await secondsAt(engine, 1, 1);
    expect(Math.abs((await secondsAt(engine, 0.25, 1)) - normal * 4)).toBeLessThan(normal * 4 * 0.03);
  });
});
