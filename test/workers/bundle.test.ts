import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { sum } from '../../bench/statistics.ts';
import { dataFolder, installedPack } from '../../src/adapters/local/packs.ts';
import { defaultVoicePack, findPack } from '../../src/engine/onnx/packs/manifest.ts';
import { buildBundle, metafile, voiceConfig } from '../conformance/workerd.ts';

const KiB = 1024;
/** Parts that a Worker may never use, by their inputs, each with the most that it may add to the compressed script. */
const subsystems: readonly { readonly files: RegExp; readonly most: number }[] = [
  // reads containers of audio
  { files: /node_modules\/mediabunny\//, most: 200 * KiB },
  // most of it is the client of language models, which is loaded with the first question
  { files: /node_modules\/openai\/|src\/conversation\//, most: 150 * KiB },
  // what is spoken over /ws, and its records
  {
    files:
      /src\/dialects\/chat\/(?!openapi)|src\/(dialects\/own|services)\/(characters|conversations|owned-records)\.ts/,
    most: 16 * KiB,
  },
  { files: /src\/dialects\/realtime\/(?!openapi)/, most: 30 * KiB },
  // says what the API is, when somebody asks; for nothing else does zod write JSON Schema
  {
    files: /src\/openapi\/|openapi\.ts$|src\/http\/operation\.ts$|node_modules\/zod\/.*json-schema/,
    most: 18 * KiB,
  },
  // counts what happens, and tells those who run it
  {
    files: /node_modules\/prom-client\/|src\/telemetry\/(?!log)|src\/dialects\/operate\/(?!openapi)/,
    most: 12 * KiB,
  },
];
const root = join(import.meta.dirname, '../..');

interface Output {
  readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>>;
  readonly imports: readonly { readonly path: string }[];
}

describe('the Workers bundle', () => {
  let folder: string;
  let script: string;
  beforeAll(() => {
    folder = buildBundle();
    script = readFileSync(join(folder, 'worker.js'), 'utf8');
  });
  const gzipped = (file: string): number => gzipSync(readFileSync(join(folder, file))).length;

  /** What esbuild says of the script. */
  const described = (): Output => {
    const { outputs } = JSON.parse(readFileSync(join(folder, metafile), 'utf8')) as {
      outputs: Record<string, Output>;
    };
    const output = Object.entries(outputs).find(([name]) => name.endsWith('worker.js'))?.[1];
    if (!output) throw new Error('There is no script.');
    return output;
  };

  /** Bytes of the compressed script that come of `files`: their share before compression. */
  const gzippedPart = (files: RegExp): number => {
    const { inputs } = described();
    const bytes = (of: RegExp): number =>
      Object.entries(inputs).reduce(
        (sum, [name, { bytesInOutput }]) => sum + (of.test(name) ? bytesInOutput : 0),
        0,
      );
    return (gzipped('worker.js') * bytes(files)) / bytes(/./);
  };
  it('is below 200 KiB gzip without codecs and subsystems that have bounds of their own, and below 1 MiB with them', () => {
    const codecs = readdirSync(folder).filter((file) => file.endsWith('.wasm'));
    expect(codecs).toHaveLength(5);
    const parts = subsystems.map(({ files }) => gzippedPart(files));
    for (const [index, { files, most }] of subsystems.entries())
      expect([files, parts[index]]).toEqual([files, expect.toSatisfy((bytes: number) => bytes < most)]);
    expect(gzipped('worker.js') - sum(parts)).toBeLessThan(200 * KiB);
    expect(codecs.reduce((sum, file) => sum + gzipped(file), gzipped('worker.js'))).toBeLessThan(1024 * KiB);
  });

  it('holds nothing of onnxruntime, no voice and no module of Node', () => {
    expect(script).not.toContain('onnxruntime');
    expect(Object.keys(described().inputs).filter((file) => file.includes('engine/onnx'))).toEqual([]);
    expect(described().imports.filter(({ path }) => path.startsWith('node:'))).toEqual([]);
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

const pack = findPack(defaultVoicePack);
const isInstalled = pack !== undefined && (await installedPack(dataFolder(), pack)) !== undefined;

describe.skipIf(!isInstalled)(
  'the bundle of a Worker that speaks itself (skipped where the voice is not installed)',
  () => {
    it('is below 1.25 MiB gzip with codecs, kernels and front end, and holds nothing of onnxruntime', () => {
      const folder = buildBundle(voiceConfig);
      const files = readdirSync(folder).filter((file) => file === 'worker.js' || file.endsWith('.wasm'));
      expect(files).toHaveLength(7);
      expect(readFileSync(join(folder, 'worker.js'), 'utf8')).not.toContain('onnxruntime');
      const sizes = files.map((file) => gzipSync(readFileSync(join(folder, file))).length);
      expect(sum(sizes)).toBeLessThan(1.25 * 1024 * KiB);
    }, 180_000);
  },
);
