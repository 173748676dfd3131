import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { beforeAll, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** What a server on Node loads before it listens. */
const loaded = [
  'src/cli/fish-server.ts',
  'src/cli/serve.ts',
  'src/adapters/node/server.ts',
  'src/adapters/node/fetch.ts',
  'src/adapters/node/relay.ts',
];
const mostBytes = 1_000_000;
/** What only a request, or a setting, asks for. */
const later = [
  'node_modules/zod/v4/locales/de.js',
  'node_modules/protobufjs/',
  'node_modules/onnxruntime-web/',
  'node_modules/undici/',
  'node_modules/ws/',
  'node_modules/openai/',
  'node_modules/@opentelemetry/sdk-',
  'node_modules/@redis/',
  'node_modules/mediabunny/',
  'node_modules/fflate/',
  'node_modules/yaml/',
  'src/engine/onnx/interpreter/',
  'src/engine/onnx/prepare/cut.ts',
  'src/engine/onnx/phonemes/english.ts',
  'src/speech/normalize/',
  'src/dialects/realtime/session.ts',
  'src/dialects/chat/session.ts',
  'src/dialects/elevenlabs/stream-input.ts',
  'src/live/fish-live.ts',
  'src/openapi/',
];

/** Bytes of each source file, as the package has them, that `loaded` import without being asked. */
const sizes = new Map<string, number>();

beforeAll(async () => {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['src/cli/fish-server.ts'],
    outdir: 'dist/start', // nothing is written there
    write: false,
    bundle: true,
    splitting: true,
    metafile: true,
    format: 'esm',
    platform: 'node',
    conditions: ['packed', 'node', 'import'],
    external: ['onnxruntime-node', 'bufferutil', 'utf-8-validate'],
    minifySyntax: true,
    minifyWhitespace: true,
    logLevel: 'error',
  });
  const { outputs } = metafile;
  const entries = new Map(Object.entries(outputs).map(([path, { entryPoint }]) => [entryPoint, path]));
  const chunks = loaded.map((file) => entries.get(file) ?? expect.fail(`${file} is no entry of its own`));
  const seen = new Set(chunks);
  for (const chunk of seen) // grows while it is gone through
    for (const { path, kind, external } of outputs[chunk]?.imports ?? [])
      if (kind === 'import-statement' && !external) seen.add(path);
  for (const chunk of seen)
    for (const [file, { bytesInOutput }] of Object.entries(outputs[chunk]?.inputs ?? {}))
      sizes.set(file, bytesInOutput);
});

it('before it listens, a server loads what every server needs, and no more', () => {
  const found = later.filter((part) => [...sizes.keys()].some((file) => file.startsWith(part)));
  expect(found).toEqual([]);
  const bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  const largest = [...sizes].sort(([, a], [, b]) => b - a).slice(0, 10);
  expect(bytes, JSON.stringify(largest)).toBeLessThan(mostBytes);
});
