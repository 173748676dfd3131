import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../../src/config/config.ts';
import { chooseWorkers } from '../../../src/engine/onnx/engine.ts';

const GB = 1e9;

describe('the number of inference workers', () => {
  test.each([
    ['one for each core', { cores: 2, freeBytes: 16 * GB }, 1, 2],
    ['fewer where each has threads of its own', { cores: 4, freeBytes: 16 * GB }, 2, 2],
    ['no more than half of the free memory holds', { cores: 8, freeBytes: 3 * GB }, 1, 3],
    ['one where there is little memory', { cores: 4, freeBytes: 0.3 * GB }, 1, 1],
    ['one where a core is all that it has', { cores: 1, freeBytes: 16 * GB }, 4, 1],
    ['eight at most', { cores: 96, freeBytes: 500 * GB }, 1, 8],
    [
      'decided by the cores where the runtime does not tell the memory',
      { cores: 3, freeBytes: undefined },
      1,
      3,
    ],
  ])('is %s', (_, machine, threads, workers) => {
    expect(chooseWorkers(machine, threads)).toBe(workers);
  });

  test('is what the settings say, within a range', () => {
    const set = (workers: string): unknown =>
      loadConfig({ flags: {}, env: { FISH_ONNX_WORKERS: workers } })['onnx.workers'];
    expect(loadConfig({ flags: {}, env: {} })['onnx.workers']).toBe('auto');
    expect([set('auto'), set('3'), set('64')]).toEqual(['auto', 3, 64]);
    for (const wrong of ['0', '65', '-1', '1.5', 'all'])
      expect(() => set(wrong), wrong).toThrow('from 1 to 64');
  });
});
