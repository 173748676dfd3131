import { loudnessOf } from '../../src/audio/dsp/loudness.ts';
import { findPack } from '../../src/engine/onnx/packs/manifest.ts';
import { type Bench, countOf, defaultPack, type Figure, type Setup, type Table } from '../bench.ts';
import { median, percentile } from '../statistics.ts';
import { longText, paragraph } from '../texts.ts';
import { engineOf, samplesOf, speak } from './engine.ts';
import { bounds, pauseBetween, pitchJump, stepNear } from './sound.ts';

/** The same story for each; slow voices say less of it. */
const texts = { piper: { full: longText, quick: paragraph }, other: { full: paragraph, quick: '' } } as const;

export const joins: Bench = {
  title: 'how it sounds',
  about:
    'Measured on what a client would hear of a story, with WebAssembly: loudness of the whole and of its segments (LUFS, BS.1770), the largest step from ' +
    'one sample to the next within 2 ms of a join (full scale is 1) beside that of the speech itself, pauses by what the text asks for, and how far ' +
    'the pitch jumps over them. `test/engine/onnx/onnx-sound.test.ts` asks for the same bounds.',
  async run(setup) {
    defaultPack(setup);
    const figures: Figure[] = [];
    for (const { id } of setup.packs) {
      try {
        figures.push(...(await measureVoice(setup, id)));
      } catch (error) {
        setup.fail(`how ${id} sounds: ${error instanceof Error ? error.message : String(error)}`);
        figures.push({ cells: [id, 'how it sounds', '', ''], unit: '', samples: [] });
      }
    }
    const table: Table = { title: 'How it sounds', headings: ['voice', 'what', 'bound', 'kept'], figures };
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
  const figure = (what: string, unit: Figure['unit'], values: readonly unknown[], bound?: Bound): Figure => {
    const finite = values.filter((value): value is number => Number.isFinite(value));
    return { cells: [voice, what, bound?.shown ?? '', held(finite, bound)], unit, samples: finite };
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
  const levels = segments.map(({ start, end }) => loudnessOf(samples.subarray(start, end), rate));
  return [
    figure('loudness, LUFS', '', [loudnessOf(samples, rate)]),
    figure('loudness of segments, LUFS', '', levels, spread),
    figure(
      'step at joins',
      '',
      pairs.flatMap(({ before, after }) => [
        stepNear(samples, before.end, rate),
        stepNear(samples, after.start, rate),
      ]),
      smallSteps,
    ),
    figure('step in speech, 99th percentile', '', [percentile(steps, 0.99)]),
    figure('pause after a sentence', 'ms', pauses(true), pausesOf(250)),
    figure('pause after a clause', 'ms', pauses(false), pausesOf(120)),
    figure('pitch over the end of a sentence, semitones', '', jumps(true)),
    figure('pitch over a clause mark, semitones', '', jumps(false)),
    figure('pitch over all joins, semitones', '', [...jumps(true), ...jumps(false)], smallJumps),
  ].filter((each) => each.samples.length > 0);
}

/** What all samples of a figure have to keep to together. */
interface Bound {
  readonly shown: string;
  isKept(samples: readonly number[]): boolean;
}

const spread: Bound = {
  shown: `apart < ${bounds.loudnessSpread}`,
  isKept: (samples) => Math.max(...samples) - Math.min(...samples) < bounds.loudnessSpread,
};
const smallSteps: Bound = {
  shown: `each < ${bounds.step}`,
  isKept: (samples) => samples.every((step) => step < bounds.step),
};
const smallJumps: Bound = {
  shown: `median < ${bounds.pitch}`,
  isKept: (samples) => median(samples) < bounds.pitch,
};

/** @param asked milliseconds */
function pausesOf(asked: number): Bound {
  const [least, most] = [asked - bounds.pause.less, asked + bounds.pause.more];
  return {
    shown: `each ${least} to ${most} ms`,
    isKept: (samples) => samples.every((pause) => pause > least && pause < most),
  };
}

function held(samples: readonly number[], bound: Bound | undefined): string {
  if (!bound || samples.length === 0) return '';
  return bound.isKept(samples) ? 'yes' : 'NO';
}
