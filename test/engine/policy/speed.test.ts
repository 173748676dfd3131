import { afterAll, describe, expect, test } from 'vitest';
import { createStretcher } from '../../../src/audio/dsp/stretch.ts';
import { toInt16 } from '../../../src/audio/pcm.ts';
import type { Engine, PcmStream } from '../../../src/core/engine.ts';
import type { SpeakingFamily } from '../../../src/engine/onnx/protocol.ts';
import { ownSpeed } from '../../../src/engine/onnx/speaking-rate.ts';
import { prosody } from '../../../src/engine/policy/prosody.ts';
import { segments } from '../../../src/engine/policy/segments.ts';
import { wasm } from '../../audio/codecs.ts';
import { joe, kokoro, missing, open, readAll, realEngine, say, seconds } from '../onnx/onnx-support.ts';
import { type PitchTrack, pitchRatio, pitchTrack } from './speech-pitch.ts';

/**
 * Beyond it the window of the pitch meter takes in several sounds of speech. That sonic, which does the rest, keeps the pitch
 * at 4 too is shown with tones (stretch.test.ts).
 */
const FASTEST_MEASURED = 2;
const patience = { timeout: 300_000 };
/** Three sentences with pauses between and inside them. */
const text =
  'He promised to repair the fence. It was late; the shops were closed, and we found no taxi. Would you rather walk?';

const stretched = prosody(
  async (rate, channels, factor) => createStretcher(rate, channels, factor, await wasm('stretch')),
  { native: true, trims: true },
);

/** Of one pace the model makes the same speech each time: it is made once. */
function spokenOnce(engine: Engine, family: SpeakingFamily): Engine {
  const spoken = new Map<string, Promise<{ stream: PcmStream; pcm: Uint8Array }>>();
  return {
    ...engine,
    async open(request, signal) {
      const { utteranceId, ...said } = request;
      const key = JSON.stringify({ ...said, speed: ownSpeed(family, request) });
      const speak = async (): Promise<{ stream: PcmStream; pcm: Uint8Array }> => {
        const stream = await engine.open(request, signal);
        return { stream, pcm: await readAll(stream.body) };
      };
      const once = spoken.get(key) ?? speak();
      spoken.set(key, once);
      const { stream, pcm } = await once;
      return { ...stream, body: new Blob([pcm as Uint8Array<ArrayBuffer>]).stream() };
    },
  };
}

/** As the server has it: cut into sentences, trimmed, with its own pauses between. */
function asServed(inner: Engine): Engine {
  return segments({}, { wasm })(stretched(inner));
}

async function speakAt(engine: Engine, factor: number, what = text, seed?: number) {
  const { rate, prosody, body } = await open(engine, say(what, { speed: factor, seed }));
  const pcm = await readAll(body);
  return { rate, pcm, seconds: seconds(pcm, rate), prosody };
}

interface Reading {
  readonly factor: number;
  readonly seconds: number;
  readonly pitch: PitchTrack;
}

async function readingAt(engine: Engine, factor: number, what = text): Promise<Reading> {
  const { rate, pcm, seconds } = await speakAt(engine, factor, what);
  return { factor, seconds, pitch: pitchTrack(toInt16(pcm), rate) };
}

/** The normal reading comes last: a model that did more or less of a factor than it said would spoil it for all. */
async function check(engine: Engine, factors: readonly number[], what = text): Promise<void> {
  const readings: Reading[] = [];
  for (const factor of factors) readings.push(await readingAt(engine, factor, what));
  const normal = await readingAt(engine, 1, what);
  for (const { factor, ...changed } of readings) {
    const time = (changed.seconds * factor) / normal.seconds;
    const pitch = pitchRatio(normal.pitch, changed.pitch);
    const found = `speed ${factor}: time x ${time.toFixed(4)}, pitch x ${pitch.toFixed(4)}`;
    expect.soft(Math.abs(time - 1), found).toBeLessThan(0.03);
    if (factor <= FASTEST_MEASURED) expect.soft(Math.abs(pitch - 1), found).toBeLessThan(0.02);
    console.log(found);
  }
}

const noJoe = missing(joe);
describe.skipIf(noJoe)(`Piper at another speed${noJoe ? ` (${noJoe})` : ''}`, patience, () => {
  const plain = realEngine({ voice: joe });
  const engine = asServed(spokenOnce(plain, 'piper'));
  afterAll(() => plain.close?.());

  test('lasts 1/speed of its time within 3 %, at a pitch within 2 %', async () => {
    await check(engine, [0.25, 0.5, 0.75, 1.5, 2, 4]);
  });

  const factors = [0.25, 0.3, 0.5, 0.75, 0.9, 1.1, 1.25, 1.5, 2, 3, 4];
  // Words that end in a burst, a breath, a hiss, a vowel: what is cut off as silence must be the same at every speed
  test.each([
    'Yes.',
    'No.',
    'Go.',
    'Hi.',
    'Two.',
    'Six.',
    'Who?',
    'Why?',
    'Stop!',
    'Help!',
    'Okay.',
    'Hello.',
    'Thanks.',
    'No, wait.',
    'Stop it now!',
    'Okay, go ahead.',
  ])('keeps the length of a word or two: %s', async (word) => {
    for (const seed of [undefined, 1, 2]) {
      const normal = await speakAt(engine, 1, word, seed);
      expect(normal.seconds).toBeLessThan(1.2);
      for (const factor of factors) {
        const wanted = normal.seconds / factor;
        const { seconds: found } = await speakAt(engine, factor, word, seed);
        const margin = Math.max(0.03 * wanted, 0.02);
        const what = `${found} s at ${factor}, seed ${seed}, not ${wanted}`;
        expect.soft(Math.abs(found - wanted), what).toBeLessThan(margin);
      }
    }
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
  const engine = asServed(spokenOnce(plain, 'kokoro'));
  afterAll(() => plain.close?.());

  test('lasts 1/speed of its time within 3 %, at a pitch within 2 %', async () => {
    await check(engine, [0.25, 1.5, 4], 'Could you tell me where the nearest pharmacy is?');
  });
});
