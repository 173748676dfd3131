import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { readAacModule } from '../src/adapters/local/wasm.ts';
import { MOST_PAGES } from '../src/engine/onnx/kernels/module.ts';
import { putFile } from './built-files.ts';

/**
 * Puts WebAssembly modules that are no files in their packages into dist/wasm: `npm run build:codecs`, and every `npm install`.
 * The AAC encoder's, where bundlers find it, and the inference kernels', of which only the source is kept.
 */
const root = new URL('../', import.meta.url);
const folder = new URL('dist/wasm/', root);
const pathOf = (name: string): string => fileURLToPath(new URL(name, folder));
const sources = ['kernels', 'activations'].map((name) => `src/engine/onnx/kernels/assembly/${name}.ts`);
/** Without SIMD beyond the standard's first: every runtime has it, and computes the same with it. */
const compilerOptions = [
  '-O3',
  '--runtime=stub',
  '--noAssert',
  '--enable=simd',
  `--maximumMemory=${MOST_PAGES}`,
  '--use=abort=',
];

await putFile(pathOf('aac.wasm'), await readAacModule());
await putDocs();
if (await isOlder('kernels.wasm', [...sources, 'package.json', 'scripts/codec-modules.ts']))
  await buildKernels();

/** The page that shows the API's description. Under another name too: a bundler would take the script for a module of ours. */
async function putDocs(): Promise<void> {
  const from = new URL('node_modules/swagger-ui-dist/', root);
  if (!existsSync(from)) {
    console.error('There will be no page at /docs: what it is made of is a development dependency.');
    return;
  }
  const script = await readFile(new URL('swagger-ui-bundle.js', from));
  await putFile(pathOf('../docs/swagger-ui-bundle.js'), script);
  await putFile(pathOf('../docs/swagger-ui-bundle.txt'), script);
  await putFile(pathOf('../docs/swagger-ui.css'), await readFile(new URL('swagger-ui.css', from)));
}

async function buildKernels(): Promise<void> {
  const compiler = fileURLToPath(new URL('node_modules/assemblyscript/bin/asc.js', root));
  if (!existsSync(compiler)) {
    console.error('The inference kernels are not built: their compiler is a development dependency.');
    return;
  }
  await mkdir(folder, { recursive: true });
  const made = pathOf(`kernels.wasm.${process.pid}`);
  const command = [compiler, ...sources, '--outFile', made, ...compilerOptions];
  await promisify(execFile)(process.execPath, command, { cwd: fileURLToPath(root) });
  await rename(made, pathOf('kernels.wasm'));
}

/** True where there is no file of that name yet. */
async function isOlder(name: string, sources: readonly string[]): Promise<boolean> {
  const made = await stat(new URL(name, folder)).catch(() => undefined);
  const changed = await Promise.all(sources.map((path) => stat(new URL(path, root))));
  return !made || changed.some(({ mtimeMs }) => mtimeMs > made.mtimeMs);
}
