import { afterAll, describe, expect, test } from 'vitest';
import { toInt16 } from '../../src/audio/pcm.ts';
import { createStretcher } from '../../src/audio/stretch.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { segments } from '../../src/engine/policy/segments.ts';
import { speed } from '../../src/engine/policy/speed.ts';
import { wasm } from '../audio/codecs.ts';
import { joe, kokoro, missing, open, readAll, realEngine, say, seconds } from './onnx-support.ts';
import { pitchRatio } from './speech-pitch.ts';

/**
 * Beyond it the window of the pitch meter takes in several sounds of speech. That sonic, which does the rest, keeps the pitch
 * at 4 too is shown with tones (stretch.test.ts).
 */
const FASTEST_MEASURED = 2;
const patience = { timeout: 300_000 };
/** Three sentences with pauses between and inside them. */
const text =
  'He promised to repair the garden fence before the weekend. It was late; the shops were closed, and we could not find a taxi. Would you rather walk along the river?';

const stretched = speed(
  async (rate, channels, factor) => createStretcher(rate, channels, factor, await wasm('stretch')),
  { native: true },
);

/** As the server has it: cut into sentences, trimmed, with its own pauses between. */
function asServed(inner: Engine): Engine {
  return segments({}, { wasm })(stretched(inner));
}

async function speakAt(engine: Engine, factor: number, what = text) {
  const { rate, prosody, body } = await open(engine, say(what, { speed: factor }));
  const pcm = await readAll(body);
  return { rate, pcm, samples: toInt16(pcm), seconds: seconds(pcm, rate), prosody };
}

type Spoken = Awaited<ReturnType<typeof speakAt>>;

function check(factor: number, normal: Spoken, changed: Spoken): void {
  const time = (changed.seconds * factor) / normal.seconds;
  const pitch = pitchRatio({ normal: normal.samples, changed: changed.samples, rate: normal.rate });
  const found = `speed ${factor}: time x ${time.toFixed(4)}, pitch x ${pitch.toFixed(4)}`;
  expect.soft(Math.abs(time - 1), found).toBeLessThan(0.03);
  if (factor <= FASTEST_MEASURED) expect.soft(Math.abs(pitch - 1), found).toBeLessThan(0.02);
  console.log(found);
}

const noJoe = missing(joe);
describe.skipIf(noJoe)(`Piper at another speed${noJoe ? ` (${noJoe})` : ''}`, patience, () => {
  const plain = realEngine({ voice: joe });
  const engine = asServed(plain);
  afterAll(() => plain.close?.());

  test('lasts 1/speed of its time within 3 %, at a pitch within 2 %', async () => {
    const normal = await speakAt(engine, 1);
    for (const factor of [0.25, 0.5, 0.75, 1.5, 2, 4]) check(factor, normal, await speakAt(engine, factor));
  });

  test('slowly by the model itself, to the frame; beyond its range by less than what was asked for', async () => {
    const sentence = 'The old bridge creaked whenever a heavy truck drove across.';
    const normal = await speakAt(plain, 1, sentence);
    const slow = await speakAt(plain, 0.5, sentence);
    expect([slow.pcm.length, slow.prosody?.speed]).toEqual([normal.pcm.length * 2, 0.5]);
    const fast = await speakAt(plain, 3, sentence);
    const own = fast.prosody?.speed ?? 0;
    expect(own).toBeLessThan(3);
    expect(fast.seconds * own).toBeCloseTo(normal.seconds, 1);
  });
});

const noKokoro = missing(kokoro);
describe.skipIf(noKokoro)(`Kokoro at another speed${noKokoro ? ` (${noKokoro})` : ''}`, patience, () => {
  const plain = realEngine({ voice: 'af_heart' });
  const engine = asServed(plain);
  afterAll(() => plain.close?.());

  test('lasts 1/speed of its time within 3 %, at a pitch within 2 %', async () => {
    const sentence = 'Could you tell me where the nearest pharmacy is?';
    const normal = await speakAt(engine, 1, sentence);
    for (const factor of [0.25, 1.5, 4]) check(factor, normal, await speakAt(engine, factor, sentence));
  });
});
