import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import packageJson from '../package.json' with { type: 'json' };
import { readWasm } from '../src/adapters/local/wasm.ts';
import type { DocsFile, WasmName } from '../src/core/ports.ts';
import { bundle, commands } from './bundle.ts';
import { billOfMaterials, bundledPackages, noticesOf } from './notices.ts';

/**
 * `npm run build:package` makes the npm package in dist/package, or in the folder that it is given, ready for `npm pack`: everything that runs is bundled, so that an
 * installation is one package without install scripts, and starts without resolving hundreds of files.
 */
const root = new URL('../', import.meta.url);
const out =
  process.argv[2] === undefined ? new URL('dist/package/', root) : pathToFileURL(`${process.argv[2]}/`);
const lib = new URL('lib/', out);

const codecs = ['mp3', 'opus', 'aac', 'resample', 'stretch'] as const satisfies readonly WasmName[];
/** Of onnxruntime-web, the one build of five that Node, Bun and Deno use; its script imports these two by their names. */
const inference = ['ort-wasm-simd-threaded.mjs', 'ort-wasm-simd-threaded.wasm'] as const;
/** The page that shows the API. */
const docsPage = ['swagger-ui-bundle.js', 'swagger-ui.css'] as const satisfies readonly DocsFile[];

await rm(out, { recursive: true, force: true });
await mkdir(lib, { recursive: true });
const { chunks } = await bundle(pathOf(lib));
for (const name of codecs) await writeFile(new URL(`${name}.wasm`, lib), await readWasm(name));
await copyFile(new URL('dist/wasm/kernels.wasm', root), new URL('kernels.wasm', lib));
await copyFile(new URL('dist/dictionary/cmu.bin', root), new URL('cmu.bin', lib));
await copyFile(new URL('dist/studio.bin', root), new URL('studio.bin', lib));
for (const name of docsPage) await copyFile(new URL(`dist/docs/${name}`, root), new URL(name, lib));
for (const name of inference)
  await copyFile(new URL(`node_modules/onnxruntime-web/dist/${name}`, root), new URL(name, lib));
for (const name of commands) await chmod(new URL(`${name}.js`, lib), 0o755);
await promisify(execFile)(process.execPath, [
  pathOf(new URL('node_modules/typescript/bin/tsc', root)),
  ...['-p', pathOf(new URL('src/client/tsconfig.json', root)), '--outDir', pathOf(new URL('client/', out))],
]);
await nameJavaScript(new URL('client/', out));
for (const name of ['LICENSE', 'README.md']) await copyFile(new URL(name, root), new URL(name, out));
const bundled = bundledPackages(Object.keys(chunks.inputs), [
  ...['@echogarden/sonic-wasm', '@echogarden/speex-resampler-wasm', '@evan/opus', '@mediabunny/aac-encoder'],
  ...['cmu-pronouncing-dictionary', 'onnxruntime-web', 'wasm-media-encoders'],
]);
await writeFile(new URL('THIRD-PARTY-NOTICES.txt', out), await noticesOf(bundled));
await writeFile(new URL('sbom.cdx.json', out), await billOfMaterials(bundled, packageJson));
await writeFile(new URL('package.json', out), `${JSON.stringify(manifest(), null, 2)}\n`);

/** What its users need to know; no scripts, no dependencies, nothing of the clone. */
function manifest(): object {
  const { name, version, description, keywords, license, type, peerDependencies, peerDependenciesMeta } =
    packageJson;
  return {
    ...{ name, version, description, keywords, license, type },
    engines: { node: '>=20.18' },
    bin: Object.fromEntries(commands.map((command) => [command, `lib/${command}.js`])),
    exports: {
      './client': { types: './client/client.d.ts', default: './client/client.js' },
      './package.json': './package.json',
    },
    files: ['lib', 'client', 'THIRD-PARTY-NOTICES.txt', 'sbom.cdx.json'],
    sideEffects: false,
    ...{ peerDependencies, peerDependenciesMeta },
  };
}

/** TypeScript leaves the names of its own files in declarations, which only its newest versions follow. */
async function nameJavaScript(folder: URL): Promise<void> {
  for (const name of (await readdir(folder)).filter((file) => file.endsWith('.d.ts'))) {
    const text = await readFile(new URL(name, folder), 'utf8');
    await writeFile(new URL(name, folder), text.replaceAll(/(from '\.[^']*)\.ts'/g, "$1.js'"));
  }
}

function pathOf(url: URL): string {
  return fileURLToPath(url);
}
