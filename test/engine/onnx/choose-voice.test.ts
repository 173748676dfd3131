import { describe, expect, test } from 'vitest';
import { candidatesOf } from '../../../src/engine/onnx/tuning/candidates.ts';
import { chooseVoice, type Measured } from '../../../src/engine/onnx/tuning/choose.ts';

const figure = (
  voice: string,
  runtime: 'wasm' | 'native',
  threads: number,
  factor: number,
  more: Partial<Measured> = {},
): Measured => ({
  pack: voice,
  voice,
  runtime,
  threads,
  precision: 'int8',
  misheard: voice === 'joe' ? 12.8 : 5.7,
  factor,
  cpu: factor * threads * 0.9,
  firstAudioMs: 100,
  loadMs: 1000,
  ...more,
});

const joe = [
  figure('joe', 'wasm', 1, 0.24),
  figure('joe', 'wasm', 2, 0.14),
  figure('joe', 'native', 1, 0.09),
  figure('joe', 'native', 2, 0.06),
];
const heart = (native2: number): Measured[] => [
  figure('heart', 'wasm', 1, 2.1),
  figure('heart', 'wasm', 2, 1.7),
  figure('heart', 'native', 1, 0.76),
  figure('heart', 'native', 2, native2),
];
const name = (chosen: Measured | undefined): string =>
  `${chosen?.voice} ${chosen?.runtime} ${chosen?.threads}`;

describe('the default voice', () => {
  test('is the clearest that keeps up with two listeners', () => {
    expect(name(chooseVoice([...joe, ...heart(0.44)], 2))).toBe('heart native 2');
    expect(name(chooseVoice([...joe, ...heart(0.46)], 2))).toBe('joe native 1'); // two streams on one worker: 0.92 of its time
    expect(name(chooseVoice([...joe, ...heart(0.46)], 4))).toBe('heart native 2'); // a worker each
    expect(name(chooseVoice([...joe, ...heart(0.55)], 16))).toBe('joe native 1'); // one stream alone takes more than half
  });

  test('is spoken in the way that leaves most of the processor to others', () => {
    expect(name(chooseVoice(joe, 2))).toBe('joe native 1');
  });

  test('where none keeps up is the quickest', () => {
    const slow = [
      figure('joe', 'wasm', 1, 1.4),
      figure('joe', 'wasm', 2, 0.9),
      figure('heart', 'wasm', 1, 9),
    ];
    expect(name(chooseVoice(slow, 2))).toBe('joe wasm 2');
  });

  test('is chosen within what the user has settled', () => {
    expect(name(chooseVoice([...joe, ...heart(0.44)], 2, { runtime: 'wasm' }))).toBe('joe wasm 1');
    expect(name(chooseVoice([...joe, ...heart(0.44)], 2, { threads: 1 }))).toBe('joe native 1');
    expect(chooseVoice([...joe, ...heart(0.44)], 2, { threads: 8 })).toBeUndefined();
  });

  test('is never one that nobody has listened to', () => {
    const unknown = figure('mine', 'wasm', 1, 0.01, { misheard: undefined });
    expect(name(chooseVoice([unknown, ...joe], 2))).toBe('joe native 1');
    expect(chooseVoice([unknown], 2)).toBeUndefined();
    expect(chooseVoice([], 2)).toBeUndefined();
  });
});

test('candidates are the first voices of packs that speak, on each runtime, with threads that there are cores for', () => {
  const installed = ['en_US-joe-medium', 'kokoro-82m-v1.0', 'moonshine-tiny'].map((id) => ({
    id,
    revision: '0',
    files: {},
  }));
  const names = (runtimes: readonly ('wasm' | 'native')[], cores: number): string[] =>
    candidatesOf(installed, { runtimes, cores }).map(
      ({ voice, runtime, threads }) => `${voice} ${runtime} ${threads}`,
    );
  expect(names(['wasm'], 1)).toEqual(['en_US-joe-medium wasm 1', 'af_heart wasm 1']);
  expect(names(['wasm', 'native'], 2)).toHaveLength(8);
  expect(names(['native'], 8)).toContain('af_heart native 4');

  const added = {
    family: 'piper',
    rate: 22_050,
    license: { spdx: 'CC0-1.0' },
    needsEspeak: [],
    files: [],
  } as const;
  const voice = { id: 'mine/anna', name: 'anna', description: '', language: 'de-DE', aliases: [] };
  const own = { id: 'mine', revision: '0', files: {}, added: { ...added, voices: [voice] } };
  expect(candidatesOf([own], { runtimes: ['wasm'], cores: 1 })).toEqual([
    { pack: 'mine', voice: 'mine/anna', runtime: 'wasm', threads: 1, precision: 'int8 weights' },
  ]);
});
