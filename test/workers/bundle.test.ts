import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildBundle, metafile } from '../conformance/workerd.ts';

const KiB = 1024;
const root = join(import.meta.dirname, '../..');

describe('the Workers bundle', () => {
  let folder: string;
  let script: string;
  beforeAll(() => {
    folder = buildBundle();
    script = readFileSync(join(folder, 'worker.js'), 'utf8');
  });
  const gzipped = (file: string): number => gzipSync(readFileSync(join(folder, file))).length;

  /** How much of the script comes of some inputs, which are counted before compression. */
  const partOf = (some: RegExp): number => {
    const { outputs } = JSON.parse(readFileSync(join(folder, metafile), 'utf8')) as {
      outputs: Record<string, { inputs: Record<string, { bytesInOutput: number }> }>;
    };
    const inputs = Object.entries(outputs).find(([name]) => name.endsWith('worker.js'))?.[1].inputs ?? {};
    const bytes = (of: RegExp): number =>
      Object.entries(inputs).reduce(
        (sum, [name, { bytesInOutput }]) => sum + (of.test(name) ? bytesInOutput : 0),
        0,
      );
    return bytes(some) / bytes(/./);
  };
  /** Reads containers of audio. */
  const containers = /node_modules\/mediabunny\//;
  /** Says what the API is, when somebody asks; for nothing else does zod write JSON Schema. */
  const description =
    /src\/openapi\/|\/openapi\.ts$|src\/http\/operation\.ts$|node_modules\/zod\/.*json-schema/;
  /** Counts what happens, and tells those who run it. */
  const operating = /node_modules\/prom-client\/|src\/telemetry\/(?!log)|src\/dialects\/operate\/(?!openapi)/;

  it('is below 200 KiB gzip without codecs and subsystems that have bounds of their own, and below 1 MiB with them', () => {
    const codecs = readdirSync(folder).filter((file) => file.endsWith('.wasm'));
    expect(codecs).toHaveLength(5);
    const all = gzipped('worker.js');
    const parts = [containers, description, operating].map((part) => all * partOf(part));
    const [, describing = 0, telling = 0] = parts;
    expect(describing).toBeLessThan(18 * KiB);
    expect(telling).toBeLessThan(12 * KiB);
    expect(all - parts.reduce((sum, bytes) => sum + bytes, 0)).toBeLessThan(200 * KiB);
    expect(codecs.reduce((sum, file) => sum + gzipped(file), gzipped('worker.js'))).toBeLessThan(1024 * KiB);
  });

  it('holds nothing of onnxruntime and no module of Node', () => {
    expect(script).not.toContain('onnxruntime');
    expect(script).not.toMatch(/["']node:/);
  });

  it('starts within 400 ms of CPU, as wrangler reports it', () => {
    const profile = join(tmpdir(), `fish-edge-${process.pid}.cpuprofile`);
    const args = ['node_modules/wrangler/bin/wrangler.js', 'check', 'startup', '--outfile', profile];
    const start = (): number => {
      const { stdout } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
      return Number(/Active: ([\d.]+) ms/.exec(stdout)?.[1]);
    };
    // A profile counts time too in which the processor worked for others: the least of several is that of the bundle.
    const times = [start(), start(), start()];
    expect(Math.min(...times)).toBeGreaterThan(0);
    expect(Math.min(...times)).toBeLessThan(400);
  }, 180_000);
});
