import { spawnSync } from 'node:child_process';
import { afterAll, describe, expect, test } from 'vitest';
import { CEILING } from '../../../src/audio/dsp/limiter.ts';
import { toInt16 } from '../../../src/audio/pcm.ts';
import { joinBytes } from '../../../src/core/bytes.ts';
import { gainOf, levelsRevision, TARGET_LUFS } from '../../../src/engine/onnx/packs/levels.ts';
import { packs } from '../../../src/engine/onnx/packs/manifest.ts';
import { hasFfmpeg } from '../../audio/ffmpeg.ts';
import { joe, kokoro, missing, open, readAll, realEngine, say } from './onnx-support.ts';

/** None of them is one that the gains were made from. */
const texts = [
  'The kitchen smelled of fresh bread and strong coffee.',
  'Could you tell me where the nearest pharmacy is?',
  'It was late; the shops were closed, and we could not find a taxi.',
];
/** LU from the target: single sentences of one voice differ by as much. */
const BOUND = 1;
const ALL = process.env.FISH_ROUNDTRIP === 'all';
const patience = { timeout: ALL ? 1_800_000 : 400_000 };

/** Kokoro takes twice the time of its speech: `npm run test:roundtrip` listens to all of its voices. */
const some = ['af_heart', 'bf_emma', 'am_michael', 'af_heart+bf_emma'];
const english = (packs.find(({ id }) => id === kokoro)?.voices ?? []).filter(({ language }) =>
  language.startsWith('en'),
);
const cases = [
  { voice: joe, pack: joe },
  ...(ALL ? [...english.map(({ id }) => id), 'af_heart+bf_emma'] : some).map((voice) => ({
    voice,
    pack: kokoro,
  })),
];

/** Integrated loudness in LUFS, and the highest true peak in dBFS, as ffmpeg measures them (EBU R 128). */
function measure(pcm: Uint8Array, rate: number): { lufs: number; peak: number } {
  const format = ['-f', 's16le', '-ar', String(rate), '-ac', '1', '-i', 'pipe:0'];
  const meter = ['-af', 'ebur128=peak=true', '-f', 'null', '-'];
  const { stderr } = spawnSync('ffmpeg', ['-hide_banner', '-nostats', ...format, ...meter], { input: pcm });
  const summary = stderr.toString().split('Summary:').at(-1) ?? '';
  const [, lufs] = /I:\s+(-?[\d.]+) LUFS/.exec(summary) ?? [];
  const [, peak] = /Peak:\s+(-?[\d.]+) dBFS/.exec(summary) ?? [];
  return { lufs: Number(lufs), peak: Number(peak) };
}

const unheard = hasFfmpeg ? undefined : 'ffmpeg is not installed';

describe('how loud the voices are, by the meter of ffmpeg', patience, () => {
  const engine = realEngine({ voice: missing(joe) ? kokoro : joe });
  const heard: number[] = [];
  afterAll(() => engine.close?.());

  test.for(cases)('$voice is as loud as the others, and never clipped', async ({ voice, pack }, { skip }) => {
    const reason = unheard ?? missing(pack);
    if (reason) skip(reason);
    const said: Uint8Array[] = [];
    let rate = 0;
    for (const text of texts) {
      const stream = await open(engine, say(text, { voice }));
      rate = stream.rate;
      said.push(await readAll(stream.body));
    }
    const pcm = joinBytes(said);
    const { lufs, peak } = measure(pcm, rate);
    console.log(`${voice}: ${lufs} LUFS, true peak ${peak} dBFS`);
    heard.push(lufs);
    expect(Math.abs(lufs - TARGET_LUFS)).toBeLessThanOrEqual(BOUND);
    const highest = toInt16(pcm).reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
    expect(highest).toBeLessThanOrEqual(Math.ceil(CEILING * 32_768));
    expect(peak).toBeLessThan(0);
  });

  test.skipIf(unheard)('of the voices that were heard none is more than a LU and a half from another', () => {
    expect(Math.max(...heard) - Math.min(...heard)).toBeLessThanOrEqual(1.5);
  });
});

describe('the gain of a voice', () => {
  test('of every voice of the manifest is known', () => {
    for (const { id, voices } of packs)
      for (const voice of voices) expect(gainOf(id, voice.id), voice.id).not.toBe(1);
  });

  test('of a mix is the mean of its voices in decibels, by their weights', () => {
    const dB = (voice: string): number => 20 * Math.log10(gainOf(kokoro, voice));
    const [heart, emma] = [dB('af_heart'), dB('bf_emma')];
    expect(dB('af_heart(0.5)+bf_emma(0.5)')).toBeCloseTo((heart + emma) / 2, 1);
    expect(dB('af_heart(0.75)+bf_emma(0.25)')).toBeCloseTo(heart * 0.75 + emma * 0.25, 1);
  });

  test('is 1 where nobody has measured', () => {
    expect(gainOf('nobody-knows', 'it')).toBe(1);
    expect(gainOf(kokoro, 'zz_nobody')).toBe(1);
  });

  test('is part of what speech is kept under', () => {
    expect(levelsRevision(kokoro)).not.toBe(levelsRevision(joe));
    expect(levelsRevision(joe)).toMatch(/^[0-9a-z]{1,7}$/);
  });
});
