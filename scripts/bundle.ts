import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build, type Metafile } from 'esbuild';
import { mergeChunks, requireModule, type Starts } from './merge-chunks.ts';

export const commands = ['fish-edge', 'fish-server', 'fish-tts', 'fish-ctl'] as const;
const worker = 'src/adapters/inference/worker.ts';

/** What a command, the server or a worker loads whole when it starts. */
const starts: Starts = {
  entries: commands.map((name) => `src/cli/${name}.ts`),
  sources: {
    server: ['src/cli/serve.ts', 'src/cli/voice.ts', 'src/adapters/local/sqlite.ts'],
    node: ['src/adapters/node/server.ts', 'src/adapters/node/fetch.ts', 'src/adapters/node/relay.ts'],
    ctl: ['src/cli/ctl.ts'],
    tts: ['src/cli/tts/command.ts'],
    worker: [worker],
  },
};

const output = {
  format: 'esm',
  platform: 'node',
  target: 'node20.18',
  legalComments: 'none', // whole, in the file of notices
  minifySyntax: true,
  minifyWhitespace: true,
  metafile: true,
  logLevel: 'warning',
} as const satisfies BuildOptions;

/** What esbuild says of the package's JavaScript. */
interface Bundle {
  /** Of the sources, and the chunks that they were cut into. */
  readonly chunks: Metafile;
  /** Of the files that were written. */
  readonly files: Metafile;
}

/** Bundles everything that runs into files of the folder `outdir`. */
export async function bundle(outdir: string): Promise<Bundle> {
  const { metafile, outputFiles } = await build({
    ...output,
    absWorkingDir: fileURLToPath(new URL('../', import.meta.url)),
    entryPoints: [...starts.entries, worker],
    entryNames: '[name]',
    outdir,
    write: false,
    bundle: true,
    splitting: true,
    conditions: ['packed', 'node', 'import'],
    mainFields: ['module', 'main'], // modules are cut into what is used; esbuild prefers CommonJS for Node
    inject: ['src/adapters/node/node-20.ts'],
    external: ['onnxruntime-node', 'bufferutil', 'utf-8-validate'],
    banner: { js: `import{require}from'${requireModule}';` }, // libraries written for CommonJS ask for Node's modules this way
  });
  const texts = new Map(outputFiles.map(({ path, text }) => [basename(path), text]));
  const files = await mergeChunks({ outputs: metafile.outputs, texts }, starts, { ...output, outdir });
  return { chunks: metafile, files };
}
