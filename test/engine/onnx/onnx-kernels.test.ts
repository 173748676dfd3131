import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { computingVersion } from '../../../src/engine/onnx/kernels/module.ts';
import { closeness } from './kernels-support.ts';
import { joe, missing } from './onnx-support.ts';

const script = fileURLToPath(new URL('./onnx-on-runtime.ts', import.meta.url));
const binaries = fileURLToPath(new URL('../../../node_modules/.bin/', import.meta.url));
const runtimes: Record<string, string[]> = {
  node: [],
  bun: ['run'],
  deno: ['run', '--no-lock', '--no-prompt', '--allow-read', '--allow-write', '--allow-env', '--allow-sys'],
};

interface Spoken {
  readonly pcm: Int16Array;
  readonly next: boolean;
  readonly revision: string;
  readonly sha256: string;
}

const spokenMs = 120_000;

describe('the embedded voice with kernels of our own', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fish-kernels-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const speak = async (on: string, inference: 'wasm' | 'kernels'): Promise<Spoken> => {
    const file = join(folder, `${on}-${inference}.pcm`);
    const command = [...(runtimes[on] ?? []), script, '1', inference, 'joe', file];
    const { stdout } = await promisify(execFile)(binaries + on, command, { timeout: spokenMs });
    const bytes = await readFile(file);
    const pcm = new Int16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
    return { pcm, ...(JSON.parse(stdout) as Omit<Spoken, 'pcm'>) };
  };

  test('says the same bytes on every runtime, nearly those of ONNX Runtime, and keeps them apart', {
    timeout: 4 * spokenMs,
  }, async ({ skip }) => {
    const absent = missing(joe);
    if (absent) skip(absent);
    const there = Object.keys(runtimes).filter((on) => existsSync(binaries + on));
    if (there.length < 2) skip('Bun and Deno are not installed');
    const byOrt = await speak('node', 'wasm');
    const onNode = await speak('node', 'kernels');
    for (const on of there) {
      const ours = on === 'node' ? onNode : await speak(on, 'kernels');
      expect(ours).toMatchObject({ next: true, revision: `${byOrt.revision}-kernels-${computingVersion}` });
      expect(ours.sha256, on).toBe(onNode.sha256);
      expect(ours.sha256).not.toBe(byOrt.sha256); // else the kernels computed nothing
      expect(ours.pcm.length).toBe(byOrt.pcm.length);
      expect(closeness(byOrt.pcm, ours.pcm)).toBeGreaterThan(40);
    }
  });
});
