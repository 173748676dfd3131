import { describe, expect, test } from 'vitest';
import { createStretcher } from '../../../src/audio/dsp/stretch.ts';
import { type Channels, toInt16 } from '../../../src/audio/pcm.ts';
import type { Engine } from '../../../src/core/engine.ts';
import { type CreateStretcher, prosody } from '../../../src/engine/policy/prosody.ts';
import { segments } from '../../../src/engine/policy/segments.ts';
import { wasm } from '../../audio/codecs.ts';
import { buzz, render } from '../../audio/signals.ts';
import { asking, readAll } from './policy-engine.ts';

const rate = 24_000;
const sonic = await wasm('stretch');
const stretching: CreateStretcher = async (...form) => createStretcher(...form, sonic);
const stretched = prosody(stretching);
const trimmedBefore = prosody(stretching, { trims: true });
const never = new AbortController().signal;

/** Says a voiced sound of so many seconds, with silence around it as models leave it. */
function engineOf(seconds: number, channels: Channels): Engine {
  const around = 0.15;
  const voice = buzz(120);
  const pcm = render(rate, channels, seconds + 2 * around, (t) => {
    const at = t - around;
    return at < 0 || at > seconds ? 0 : voice(at) * Math.min(1, (seconds - at) / 0.05);
  });
  return saying(pcm, channels);
}

/** Ends as "Stop!" does: a closure that is nearly silent, and a faint burst of 3 ms. */
function engineOfStop(): Engine {
  const voice = buzz(120);
  const faint = 0.0045; // -47 dBFS
  const pcm = render(rate, 1, 0.9, (t) => {
    if (t < 0.4) return voice(t) * Math.min(1, (0.4 - t) / 0.05);
    return t > 0.46 && t < 0.463 ? faint * Math.sin(2 * Math.PI * 3000 * t) : 0;
  });
  return saying(pcm, 1);
}

function saying(pcm: Uint8Array, channels: Channels): Engine {
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
    ['trimmed, as the embedded voice', (inner) => segments({}, { wasm })(trimmedBefore(inner))],
    [
      'trimmed afterwards, as a part of what an origin says',
      (inner) => segments({}, { wasm })(stretched(inner)),
    ],
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

  test('also where it ends in a burst that is all but gone when it was stretched', async () => {
    const engine = segments({}, { wasm })(trimmedBefore(engineOfStop()));
    const normal = await secondsAt(engine, 1, 1);
    expect(normal).toBeGreaterThan(0.46); // the burst belongs to it
    for (const factor of [0.25, 0.5, 0.75, 0.9, 1.1, 1.25, 1.5, 2, 4])
      expect.soft(await secondsAt(engine, factor, 1), `at ${factor}`).toBeCloseTo(normal / factor, 3);
  });

  test('and begins and ends in silence, so that a join does not click', async () => {
    for (const factor of [0.25, 0.5, 0.9, 1.1, 2, 4]) {
      const { body } = await segments(
        {},
        { wasm },
      )(trimmedBefore(engineOf(0.5, 1))).open(asking('Yes.', { speed: factor }), never);
      const samples = toInt16(new Uint8Array(await new Response(body).arrayBuffer()));
      expect.soft([samples[0], samples.at(-1)], `at ${factor}`).toEqual([0, 0]);
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
