import { loudnessOf } from '../../src/audio/dsp/loudness.ts';
import { findPack } from '../../src/engine/onnx/packs/manifest.ts';
import { type Bench, countOf, defaultPack, type Figure, type Setup, type Table } from '../bench.ts';
import { percentile } from '../statistics.ts';
import { longText, paragraph } from '../texts.ts';
import { engineOf, samplesOf, speak } from './engine.ts';
import { pauseBetween, pitchJump, stepNear } from './sound.ts';

/** The same story for each; slow voices say less of it. */
const texts = { piper: { full: longText, quick: paragraph }, other: { full: paragraph, quick: '' } } as const;

export const joins: Bench = {
  title: 'how it sounds',
  about:
    'Measured on what a client would hear of a story, with WebAssembly: loudness of the whole and of its segments (LUFS, BS.1770), the largest step from ' +
    'one sample to the next within 2 ms of a join (full scale is 1) beside that of the speech itself, pauses by what the text asks for, and how far ' +
    'the pitch jumps over them. `test/engine/onnx/onnx-sound.test.ts` has a bound for each.',
  async run(setup) {
    defaultPack(setup);
    const figures: Figure[] = [];
    for (const { id } of setup.packs) {
      try {
        figures.push(...(await measureVoice(setup, id)));
      } catch (error) {
        setup.fail(`how ${id} sounds: ${error instanceof Error ? error.message : String(error)}`);
        figures.push({ cells: [id, 'how it sounds'], unit: '', samples: [] });
      }
    }
    const table: Table = { title: 'How it sounds', headings: ['voice', 'what'], figures };
    return [table];
  },
};

async function measureVoice(setup: Setup, pack: string): Promise<Figure[]> {
  const family = findPack(pack)?.family === 'piper' ? 'piper' : 'other';
  const text = countOf(setup, texts[family]);
  const voice = findPack(pack)?.voices[0]?.id ?? pack;
  if (text === '') return [];
  setup.say(`how it sounds: ${voice}`);
  const engine = engineOf({ dataDir: setup.dataDir, voice, inference: 'wasm', threads: 1 });
  const said = await speak(engine, text, voice);
  await engine.close?.();
  const { rate, segments } = said;
  const samples = samplesOf(said);
  const figure = (what: string, unit: Figure['unit'], values: readonly (number | undefined)[]): Figure => {
    return {
      cells: [voice, what],
      unit,
      samples: values.filter((value) => value !== undefined && Number.isFinite(value)) as number[],
    };
  };
  const pairs = segments.slice(1).map((after, index) => ({ before: segments[index] ?? after, after }));
  const isSentence = (spoken: string): boolean => /[.!?]["')]?$/.test(spoken.trim());
  const steps = Array.from({ length: samples.length - 1 }, (_, i) =>
    Math.abs((samples[i + 1] ?? 0) - (samples[i] ?? 0)),
  );
  const jumps = (of: boolean): (number | undefined)[] =>
    pairs
      .filter(({ before }) => isSentence(before.text) === of)
      .map(({ before, after }) => pitchJump(samples, before, after, rate));
  const pauses = (of: boolean): number[] =>
    pairs
      .filter(({ before }) => isSentence(before.text) === of)
      .map(({ before, after }) => pauseBetween(samples, before, after, rate));
  return [
    figure('loudness, LUFS', '', [loudnessOf(samples, rate)]),
    figure(
      'loudness of segments, LUFS',
      '',
      segments.map(({ start, end }) => loudnessOf(samples.subarray(start, end), rate)),
    ),
    figure(
      'step at joins',
      '',
      pairs.flatMap(({ before, after }) => [
        stepNear(samples, before.end, rate),
        stepNear(samples, after.start, rate),
      ]),
    ),
    figure('step in speech, 99th percentile', '', [percentile(steps, 0.99)]),
    figure('pause after a sentence', 'ms', pauses(true)),
    figure('pause after a clause', 'ms', pauses(false)),
    figure('pitch over the end of a sentence, semitones', '', jumps(true)),
    figure('pitch over a clause mark, semitones', '', jumps(false)),
  ].filter((each) => each.samples.length > 0);
}
