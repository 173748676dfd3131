import { expect, test, vi } from 'vitest';
import { chooseKernels, chooseRuntime } from '../../../src/engine/onnx/runtime.ts';

test.each([
  ['auto', true, 'native'],
  ['auto', false, 'wasm'],
  ['auto', undefined, 'wasm'],
  ['wasm', true, 'wasm'],
  ['native', true, 'native'],
] as const)(
  '%s, where the package is there: %s, is %s, and looked up once',
  async (asked, isThere, runtime) => {
    const hasNative = vi.fn(async () => isThere === true);
    const onChosen = vi.fn();
    const choose = chooseRuntime(asked, isThere === undefined ? undefined : hasNative, onChosen);
    expect([await choose(), await choose()]).toEqual([runtime, runtime]);
    expect(hasNative.mock.calls.length).toBe(asked === 'wasm' || isThere === undefined ? 0 : 1);
    expect(onChosen.mock.calls).toEqual([[runtime, true]]);
  },
);

test('native without the package is told once, and speaks to nobody', async () => {
  const onChosen = vi.fn();
  const choose = chooseRuntime('native', async () => false, onChosen);
  for (const _ of [1, 2])
    await expect(choose()).rejects.toMatchObject({ error: { code: 'engine_unavailable' } });
  expect(onChosen.mock.calls).toEqual([['native', false]]);
});

test.each([
  ['auto', true, true, [[true]]],
  ['auto', false, false, [[false]]],
  ['auto', undefined, false, [[false]]],
  ['off', true, false, []],
] as const)(
  'kernels: %s, where they are there: %s, is %s, and told once',
  async (asked, areThere, used, told) => {
    const onChosen = vi.fn();
    const has = areThere === undefined ? undefined : async () => areThere;
    const choose = chooseKernels(asked, has, onChosen);
    expect([await choose(), await choose()]).toEqual([used, used]);
    expect(onChosen.mock.calls).toEqual(told);
  },
);
