import { afterAll, describe, expect, onTestFinished, test } from 'vitest';
import { joe, kokoro, missing, open, readAll, realEngine, say, seconds } from './onnx-support.ts';

const sentence = 'The old bridge creaked whenever a heavy truck drove across.';
const loud = 2_000;
const patience = { timeout: 180_000 };

function peak(pcm: Uint8Array): number {
  return new Int16Array(pcm.buffer).reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
}

const noJoe = missing(joe);
describe.skipIf(noJoe)(`Piper speaks${noJoe ? ` (${noJoe})` : ''}`, patience, () => {
  const engine = realEngine({ voice: joe });
  afterAll(() => engine.close?.());

  test('a sentence in the time a reader would take', async () => {
    const { rate, channels, engine: id, body } = await open(engine, say(sentence));
    const pcm = await readAll(body);
    expect([rate, channels, id]).toEqual([22_050, 1, 'onnx']);
    expect(pcm.length % 2).toBe(0);
    expect(seconds(pcm, rate)).toBeGreaterThan(2);
    expect(seconds(pcm, rate)).toBeLessThan(6);
    expect(peak(pcm)).toBeGreaterThan(loud);
  });

  test('its voice first, under its id, its alias and any OpenAI name it does not bear', async () => {
    const [first] = await engine.voices();
    expect(first?.id).toBe(joe);
    for (const voice of [joe, 'joe', 'default', '', 'marin']) {
      const { rate, body } = await open(engine, say('Yes.', { voice }));
      await body.cancel();
      expect(rate).toBe(22_050);
    }
  });

  test('the same text as the same samples; another seed reads it anew', async () => {
    const speak = async (seed?: number): Promise<Uint8Array> =>
      readAll((await open(engine, say(sentence, { seed }))).body);
    const once = await speak();
    expect(await speak()).toEqual(once);
    const other = await speak(42);
    expect(other).not.toEqual(once);
    expect(await speak(42)).toEqual(other);
  });

  // The kernels round to 16 bits by what is loudest in each window, and the windows are others.
  test.each([
    { name: 'ONNX Runtime', kernels: false, least: 80 },
    { name: 'our kernels', kernels: true, least: 50 },
  ])(
    'a sentence whose beginning is made first as one that is made at once, but for rounding: $name',
    async ({ kernels, least }) => {
      const engine = realEngine({ voice: joe, kernels: async () => kernels });
      onTestFinished(() => engine.close?.());
      const speak = async (isContinuation: boolean): Promise<Int16Array> =>
        new Int16Array((await readAll((await open(engine, say(sentence, { isContinuation }))).body)).buffer);
      const [inParts, atOnce] = [await speak(false), await speak(true)];
      expect(inParts.length).toBe(atOnce.length);
      const power = (samples: Iterable<number>): number =>
        Array.from(samples, (x) => x * x).reduce((a, b) => a + b);
      const noise = power(inParts.map((sample, at) => sample - (atOnce[at] ?? 0)));
      expect(10 * Math.log10(power(atOnce) / noise)).toBeGreaterThan(least);
    },
  );

  test('a text longer than one run of the model, all of it', async () => {
    const { rate, body } = await open(engine, say(`${sentence} `.repeat(10)));
    expect(seconds(await readAll(body), rate)).toBeGreaterThan(20);
  });

  test('signs that have no sound between words that have one', async () => {
    const { body } = await open(engine, say('Well… 🎉 — «done» \u0000\ud800 ok'));
    expect((await readAll(body)).length).toBeGreaterThan(0);
  });

  test('nothing for a script that its language cannot read', async () => {
    await expect(open(engine, say('漢字'))).rejects.toMatchObject({
      error: { code: 'invalid_value', param: 'text' },
    });
  });
});

const noKokoro = missing(kokoro);
describe.skipIf(noKokoro)(`Kokoro speaks${noKokoro ? ` (${noKokoro})` : ''}`, patience, () => {
  const engine = realEngine({ voice: 'af_heart' });
  afterAll(() => engine.close?.());

  test('with the voices of its pack, American and British', async () => {
    for (const voice of ['af_heart', 'bm_george', 'echo']) {
      const { rate, body } = await open(engine, say('Good morning to you.', { voice }));
      const pcm = await readAll(body);
      expect(rate).toBe(24_000);
      expect(seconds(pcm, rate)).toBeGreaterThan(0.8);
      expect(seconds(pcm, rate)).toBeLessThan(5);
      expect(peak(pcm)).toBeGreaterThan(loud);
    }
  });
});
