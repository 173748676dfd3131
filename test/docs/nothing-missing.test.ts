import { expect, test } from 'vitest';
import { dataFolder, installedPacks } from '../../src/adapters/local/packs.ts';
import { packs } from '../../src/engine/onnx/packs/manifest.ts';
import { loadEspeak } from '../../src/engine/onnx/phonemes/espeak.ts';
import { hasFfmpeg } from '../audio/ffmpeg.ts';
import { executablePath } from '../browser/chromium.ts';
import { hasRuntime, type Runtime } from '../conformance/server.ts';
import { missingRedis } from '../state/redis-server.ts';
import { missingS3 } from '../state/s3-server.ts';

/**
 * Tests skip where something is missing that they need. `.ci/run` names here what the machine has: a test that finds it no more
 * would skip for ever and stay green.
 */
const needed = (process.env.FISH_TESTS_NEED ?? '').split(' ').filter(Boolean);

const runtimes: readonly Runtime[] = ['node', 'bun', 'deno', 'workers', 'executable'];

const isFound: Readonly<Record<string, () => boolean>> = {
  runtimes: () => runtimes.every(hasRuntime),
  voices: () => packs.every(({ id }) => installed.some((pack) => pack.id === id)),
  ffmpeg: () => hasFfmpeg,
  espeak: () => espeak !== undefined,
  'redis-server': () => missingRedis === undefined,
  's3-server': () => missingS3 === undefined,
  chromium: () => executablePath !== undefined,
};
const espeak = await loadEspeak('en-us');
const installed = await installedPacks(dataFolder());

test.each(Object.keys(isFound))(
  '%s is found by the tests that need it, where it is said to be there',
  (name) => {
    if (needed.includes(name)) expect(isFound[name]?.()).toBe(true);
  },
);

test('what is said to be there is known here', () => {
  expect(needed.filter((name) => !isFound[name])).toEqual([]);
});
