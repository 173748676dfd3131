import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildBundle, metafile } from '../conformance/workerd.ts';

const KiB = 1024;
/** The client of language models is most of it; it is loaded with the first question. */
const conversationFiles =
  /node_modules\/openai\/|src\/(conversation|dialects\/chat)\/|src\/(dialects\/own|services)\/(characters|conversations|owned-records)\.ts/;
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

  it('is below 200 KiB gzip without codecs, containers and conversations, and below 1 MiB with them', () => {
    const codecs = readdirSync(folder).filter((file) => file.endsWith('.wasm'));
    expect(codecs).toHaveLength(5);
    const conversations = gzippedPart(conversationFiles);
    const rest = gzipped('worker.js') - gzippedPart(/node_modules\/mediabunny\//) - conversations;
    expect(rest).toBeLessThan(200 * KiB);
    expect(conversations).toBeLessThan(150 * KiB);
    expect(codecs.reduce((sum, file) => sum + gzipped(file), gzipped('worker.js'))).toBeLessThan(1024 * KiB);
  });

  it('holds nothing of onnxruntime and no module of Node', () => {
    expect(script).not.toContain('onnxruntime');
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
