import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { bundle } from '../../scripts/bundle.ts';
import { withImports } from '../../scripts/merge-chunks.ts';

/** What a server on Node loads before it listens. */
const loaded = [
  'src/cli/fish-server.ts',
  'src/cli/serve.ts',
  'src/adapters/node/server.ts',
  'src/adapters/node/fetch.ts',
  'src/adapters/node/relay.ts',
];
const mostBytes = 934_000;
const mostFiles = 15;
/** What only a request, or a setting, asks for. */
const later = [
  'node_modules/zod/v4/locales/de.js',
  'node_modules/protobufjs/',
  'node_modules/onnxruntime-web/',
  'node_modules/undici/',
  'node_modules/@hono/node-server/',
  'node_modules/cli-progress/',
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
  'src/speech/language/function-words.ts',
  'src/speech/voice-recording.ts',
  'src/dialects/openai/transcription-form.ts',
  'src/dialects/realtime/session.ts',
  'src/dialects/realtime/session-schema.ts',
  'src/dialects/chat/session.ts',
  'src/dialects/elevenlabs/stream-input.ts',
  'src/live/fish-live.ts',
  'src/openapi/',
  'package.json',
];

/** Loaded by their defaults. */
const defaultsAsked = ['node_modules/prom-client/lib/cluster.js', 'node_modules/undici/index.js'];

/** Bytes of each source file, as the package has them, that `loaded` import without being asked. */
const sizes = new Map<string, number>();
/** Libraries that are loaded late, and of which there is the default alone. */
const defaults: string[] = [];
/** Files of the package that the same import. */
const files = new Set<string>();

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'fish-edge-bundle-'));
  const bundled = await bundle(folder).finally(() => rm(folder, { recursive: true }));
  const { outputs } = bundled.chunks;
  for (const { entryPoint = '', exports } of Object.values(outputs))
    if (entryPoint.startsWith('node_modules/') && exports.every((name) => name === 'default'))
      defaults.push(entryPoint);
  const entries = new Map(Object.entries(outputs).map(([path, { entryPoint }]) => [entryPoint, path]));
  const chunks = loaded.map((file) => entries.get(file) ?? expect.fail(`${file} is no entry of its own`));
  for (const chunk of withImports(outputs, chunks))
    for (const [file, { bytesInOutput }] of Object.entries(outputs[chunk]?.inputs ?? {}))
      sizes.set(file, bytesInOutput);
  const written = Object.entries(bundled.files.outputs);
  const ofName = new Map(written.map(([path, output]) => [basename(path), output]));
  const visit = (name: string): void => {
    if (files.has(name)) return;
    files.add(name);
    for (const { path, kind } of ofName.get(name)?.imports ?? [])
      if (kind === 'import-statement' && path.startsWith('./')) visit(basename(path));
  };
  for (const chunk of chunks) visit(basename(chunk));
});

it('before it listens, a server loads what every server needs, and no more', () => {
  const found = later.filter((part) => [...sizes.keys()].some((file) => file.startsWith(part)));
  expect(found).toEqual([]);
  const bytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  const largest = [...sizes].sort(([, a], [, b]) => b - a).slice(0, 10);
  expect(bytes, JSON.stringify(largest)).toBeLessThan(mostBytes);
});

it('before it listens, a server on Node looks for few files: finding one takes longer than running what is in it', () => {
  expect(files.size, [...files].join(' ')).toBeLessThan(mostFiles);
  for (const name of ['fish-server.js', 'start-server.js', 'start-node.js']) expect(files).toContain(name);
});

it('names what is loaded late of a library: of CommonJS a bundle gives the default alone', () => {
  expect(defaults.sort()).toEqual(defaultsAsked);
});
