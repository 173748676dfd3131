import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installNative, treeWithNative } from '../../native-runtime.ts';
import { joe, kokoro, missing } from './onnx-support.ts';

const binaries = fileURLToPath(new URL('../../../node_modules/.bin/', import.meta.url));
const permissions = ['--allow-read', '--allow-write', '--allow-env', '--allow-sys', '--allow-ffi'];
const runtimes: Record<string, string[]> = {
  node: [],
  bun: ['run'],
  deno: ['run', '--no-lock', '--no-prompt', ...permissions],
};

interface Spoken {
  readonly pcm: Int16Array;
  readonly rate: number;
  readonly next: boolean;
  readonly revision: string;
}

/** A package of 100 MB from the registry. */
const fetchedMs = 300_000;
const spokenMs = 120_000;

describe('the embedded voice on onnxruntime-node', () => {
  let tree: string;
  let folder: string;
  let why: string | undefined;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fish-native-'));
    try {
      await installNative(() => {});
    } catch (error) {
      why = `onnxruntime-node cannot be installed: ${String(error).slice(0, 200)}`;
      return;
    }
    tree = await treeWithNative();
  }, fetchedMs);
  afterAll(async () => {
    for (const made of [tree, folder]) if (made) await rm(made, { recursive: true, force: true });
  });

  const speak = async (on: string, args: readonly string[]): Promise<Spoken> => {
    const file = join(folder, `${on}-${args.join('-')}.pcm`);
    const script = join(tree, 'test/engine/onnx/onnx-on-runtime.ts');
    const command = [...(runtimes[on] ?? []), script, ...args, file];
    const { stdout } = await promisify(execFile)(binaries + on, command, { timeout: spokenMs, cwd: tree });
    const bytes = await readFile(file);
    const pcm = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
    return { pcm, ...(JSON.parse(stdout) as Omit<Spoken, 'pcm'>) };
  };

  test.for(Object.keys(runtimes))(
    'says on %s what WebAssembly says, lets a client leave, and ends in the middle of a step',
    { timeout: 2 * spokenMs },
    async (on, { skip }) => {
      const reason =
        why ?? missing(joe) ?? (existsSync(binaries + on) ? undefined : `${on} is not installed`);
      if (reason) skip(reason);
      const [wasm, native] = [await speak(on, ['1', 'wasm', 'joe']), await speak(on, ['1', 'native', 'joe'])];
      expect(native).toMatchObject({ rate: wasm.rate, next: true, revision: `${wasm.revision}-native` });
      expect(native.pcm.length).toBe(wasm.pcm.length);
      expect(apart(native.pcm, wasm.pcm)).toBeGreaterThan(60);
      expect(native.pcm).not.toEqual(wasm.pcm); // else it was WebAssembly all the same
    },
  );

  test('lets Kokoro speak, whose convolutions are made anew for it', { timeout: 2 * spokenMs }, async ({
    skip,
  }) => {
    const reason = why ?? missing(kokoro);
    if (reason) skip(reason);
    const { pcm, rate, next } = await speak('node', ['2', 'native', 'af_heart']);
    expect([rate, next]).toEqual([24_000, true]);
    expect(pcm.length / rate).toBeGreaterThan(0.8);
    expect(pcm.length / rate).toBeLessThan(4);
    expect(pcm.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0)).toBeGreaterThan(3000);
  });
});

/** How far `a` is from `b`: the loudness of b over that of the difference, in decibels. */
function apart(a: Int16Array, b: Int16Array): number {
  let signal = 0;
  let difference = 0;
  for (const [index, sample] of b.entries()) {
    signal += sample ** 2;
    difference += (sample - (a[index] ?? 0)) ** 2;
  }
  return 10 * Math.log10(signal / difference);
}
