import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { spawnInference } from '../../src/adapters/inference/spawn.ts';
import { dataFolder, installedPack, installedPacks, packFolder } from '../../src/adapters/local/packs.ts';
import { addVoice, type VoiceToAdd } from '../../src/cli/models/add.ts';
import { runModels } from '../../src/cli/models/command.ts';
import { ensurePack } from '../../src/cli/models/pull.ts';
import { defaultSampling } from '../../src/core/request.ts';
import { createOnnxEngine, type OnnxEngine } from '../../src/engine/onnx/engine.ts';
import { joePack } from '../../src/engine/onnx/packs/piper.ts';
import { decodeModel, encodeModel, type Model, node } from '../../src/engine/onnx/prepare/model.ts';
import { readAll } from '../../src/stream/read.ts';
import { tinyPiper } from '../engine/onnx/tiny-graph.ts';
import { realClock } from '../stream/fake-clock.ts';
import { pullOptions, temporaryFolder } from './support.ts';

const joe = packFolder(dataFolder(), joePack.id);
const [joeModel, joeConfig] = joePack.files.map(({ name }) => join(joe, name)) as [string, string];
const missing = (await installedPack(dataFolder(), joePack)) ? undefined : 'joe is not installed';
const why = missing ? ` (skipped: ${missing})` : '';

const add = (dataDir: string, asked: VoiceToAdd) =>
  addVoice(asked, { ...pullOptions(dataDir), signal: new AbortController().signal });

/** What lies in a data folder, apart from empty ones. */
const filesIn = (dataDir: string): string[] =>
  readdirSync(dataDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);

function engineOf(dataDir: string): OnnxEngine {
  const ports = { packs: () => installedPacks(dataDir), spawnInference, clock: realClock };
  const gain = (): number => 1; // the loudness of an added voice is measured on less than that of a published one
  const engine = createOnnxEngine({ workers: 1, threads: 1, gain, runtime: async () => 'wasm' }, ports);
  onTestFinished(() => engine.close?.());
  return engine;
}

async function say(engine: OnnxEngine, voice: string): Promise<Uint8Array> {
  const request = {
    text: 'Good morning.',
    voice,
    speed: 1,
    references: [],
    sampling: defaultSampling,
    whole: true,
  };
  const stream = await engine.open(request, new AbortController().signal);
  return readAll(stream.body, 10_000_000);
}

/** Quiet, as its messages are told apart elsewhere. */
async function ctl(...args: string[]): Promise<{ code: number; said: string }> {
  const said: string[] = [];
  const { log, error } = console;
  console.log = console.error = (...parts: unknown[]) => void said.push(parts.join(' '));
  try {
    return { code: await runModels(args), said: said.join('\n') };
  } finally {
    Object.assign(console, { log, error });
  }
}

/** Joe's graph with a speaker that its vocoder hears: the second one is himself, louder in every channel. */
function withSpeakers(bytes: Uint8Array): Uint8Array {
  const model = decodeModel(bytes);
  const { graph } = model;
  const table = 'symbols_table';
  const renamed = (name: string): string => (name === 'sid' ? table : name); // what the exporter called the symbols' table
  const first = graph.node.find(({ input }) => /^dec\.conv_pre\.weight/.test(input[1] ?? ''));
  const made = first?.output[0] ?? '';
  const nodes = graph.node.flatMap((each) => {
    const own = { ...each, input: each.input.map(renamed) };
    if (each !== first) return [own];
    return [
      { ...own, output: ['plain_pre'] },
      node('Gather', 'speaker', ['emb_g.weight', 'sid'], 'speaker'),
      node('Mul', 'spoken_pre', ['plain_pre', 'speaker'], made),
    ];
  });
  const gains = {
    name: 'emb_g.weight',
    dims: [2, 1],
    dataType: 1,
    rawData: new Uint8Array(Float32Array.of(1, 1.5).buffer),
  };
  const sid = { name: 'sid', type: { tensorType: { elemType: 7, shape: { dim: [{ dimValue: 1 }] } } } };
  const initializer = [
    ...graph.initializer.map((tensor) => ({ ...tensor, name: renamed(tensor.name) })),
    gains,
  ];
  return encodeModel({
    ...model,
    graph: { ...graph, node: nodes, initializer, input: [...graph.input, sid] },
  } as Model);
}

describe.skipIf(missing)(`a voice of one’s own${why}`, () => {
  test('is copied, prepared, tried and speaks as the pulled one does; it is listed, verified and removed', async () => {
    const dataDir = temporaryFolder();
    const { code, said } = await ctl('add', joeModel, '--id', 'my-joe', '--data-dir', dataDir);
    expect(said).toMatch(/^my-joe: added; language en-US, 22050 Hz, licence unknown/m);
    expect(code).toBe(0);
    expect(readdirSync(join(dataDir, 'packs'))).toEqual(['my-joe']);
    expect(readdirSync(join(dataDir, 'partial'))).toEqual([]);

    const about = JSON.parse(readFileSync(join(packFolder(dataDir, 'my-joe'), 'pack.json'), 'utf8'));
    expect(Math.abs(about.loudness - -25.7)).toBeLessThan(2); // joe's, on other sentences
    const engine = engineOf(dataDir);
    expect((await engine.voices()).map(({ id }) => id)).toEqual(['my-joe']);
    const heard = await say(engine, 'my-joe');
    const pulled = temporaryFolder();
    mkdirSync(join(pulled, 'packs'));
    symlinkSync(joe, join(pulled, 'packs', joePack.id));
    expect(Buffer.compare(heard, await say(engineOf(pulled), joePack.id))).toBe(0);
    expect(await ensurePack('my-joe', pullOptions(dataDir))).toMatchObject({ id: 'my-joe' });

    expect((await ctl('list', '--data-dir', dataDir)).said).toMatch(
      /^my-joe +installed +piper +en-US +1 +63 MB +unknown$/m,
    );
    expect(await ctl('verify', '--data-dir', dataDir)).toMatchObject({
      code: 0,
      said: expect.stringMatching(/^my-joe +verified/m),
    });
    const again = await ctl('add', joeModel, '--id', 'My-Joe', '--data-dir', dataDir);
    expect(again).toMatchObject({ code: 1, said: expect.stringContaining('My-Joe was added before') });
    const original = join(packFolder(dataDir, 'my-joe'), 'my-joe.onnx');
    writeFileSync(original, readFileSync(original).fill(0, 1000, 1001));
    const broken = await ctl('verify', '--data-dir', dataDir);
    expect(broken).toMatchObject({
      code: 1,
      said: expect.stringContaining('my-joe is damaged (my-joe.onnx)'),
    });
    const removed = await ctl('remove', 'my-joe', '--data-dir', dataDir);
    expect(removed).toMatchObject({ code: 0, said: expect.stringContaining('my-joe: removed') });
    expect(filesIn(dataDir)).toEqual([]);
  });

  test('with several speakers becomes a voice for each', async () => {
    const [dataDir, given] = [temporaryFolder(), temporaryFolder()];
    const model = join(given, 'two.onnx');
    writeFileSync(model, withSpeakers(readFileSync(joeModel)));
    const config = JSON.parse(readFileSync(joeConfig, 'utf8'));
    writeFileSync(
      `${model}.json`,
      JSON.stringify({ ...config, num_speakers: 2, speaker_id_map: { anna: 1, joe: 0 } }),
    );
    const { pack, speaks } = await add(dataDir, { model, license: 'CC0-1.0' });
    expect({ speaks, license: pack.license.spdx }).toEqual({ speaks: true, license: 'CC0-1.0' });
    const engine = engineOf(dataDir);
    expect((await engine.voices()).map(({ id }) => id)).toEqual(['two/joe', 'two/anna']);
    const first = await say(engine, 'two/joe');
    expect(Buffer.compare(first, await say(engine, 'two'))).toBe(0);
    const second = await say(engine, 'two/anna');
    expect(second.length).toBe(first.length); // the same words in the same time
    expect(Buffer.compare(first, second)).not.toBe(0);
  });

  test('that speaks a language of the optional package is kept; whether that is there is told', async () => {
    const dataDir = temporaryFolder();
    const { pack } = await add(dataDir, { model: joeModel, config: joeConfig, id: 'german', language: 'de' });
    expect(pack).toMatchObject({ language: 'de', needsEspeak: ['german'] });
  });
});

describe('what is no voice is refused with the reason, and nothing is stored', () => {
  const config = (change: object = {}): string => {
    const symbols = { _: [0], '^': [1], $: [2], a: [3] };
    const inference = { noise_scale: 0.667, length_scale: 1, noise_w: 0.8 };
    const base = {
      audio: { sample_rate: 22_050 },
      phoneme_type: 'espeak',
      num_symbols: 256,
      phoneme_id_map: symbols,
    };
    return JSON.stringify({ ...base, inference, num_speakers: 1, language: { code: 'en_US' }, ...change });
  };
  /** Piper's inputs on a graph that is not Piper's. */
  const stranger = (...inputs: string[]): Uint8Array =>
    encodeModel({
      irVersion: 8,
      opsetImport: [{ version: 15 }],
      graph: {
        node: [node('Identity', 'same', ['input'], 'output')],
        initializer: [],
        input: inputs.map((name) => ({ name })),
        output: [{ name: 'output' }],
      },
    });
  const piper = stranger('input', 'input_lengths', 'scales');

  test.each<
    [
      string,
      { model?: Uint8Array | string; config?: string; id?: string; language?: string; license?: string },
      RegExp,
    ]
  >([
    ['a text', { model: new TextEncoder().encode('no model at all') }, /the model is no ONNX file/],
    ['an empty file', { model: new Uint8Array() }, /the model is no ONNX file/],
    ['zeros', { model: new Uint8Array(100_000) }, /the model is no ONNX file/],
    [
      'another model',
      { model: stranger('input_ids', 'style', 'speed') },
      /none of Piper: it has no input input/,
    ],
    ['a graph of another shape', { model: piper }, /not a Piper graph/],
    ['a graph with other inputs', { model: tinyPiper() }, /none of Piper: it has no input input_lengths/],
    ['no such file', { model: '/nonexistent/voice.onnx' }, /voice\.onnx cannot be read \(ENOENT\)/],
    ['a folder', { model: '/', id: 'voice' }, /\/ is no file/],
    [
      'a configuration that is no JSON',
      { config: '{' },
      /the configuration is none of a Piper voice: .*JSON/,
    ],
    [
      'one of something else',
      { config: '{"model_type":"style_tts2"}' },
      /the configuration is none of a Piper voice: audio/,
    ],
    ['a wrong sample rate', { config: config({ audio: { sample_rate: 1 } }) }, /audio\.sample_rate/],
    [
      'ids beyond its symbols',
      { config: config({ num_symbols: 3 }) },
      /Symbol a has id 3; the model knows 3 symbols/,
    ],
    ['characters', { config: config({ phoneme_type: 'text' }) }, /reads text, not the phonemes/],
    ['other marks', { config: config({ phoneme_id_map: { _: [9] } }) }, /numbers the mark _ otherwise/],
    [
      'speakers that the model lacks',
      { config: config({ num_speakers: 2 }) },
      /another model: the model has one speaker, it says more/,
    ],
    [
      'a speaker beyond them',
      { config: config({ num_speakers: 2, speaker_id_map: { x: 2 } }) },
      /Speaker x has id 2/,
    ],
    ['thousands of speakers', { config: config({ num_speakers: 5000 }) }, /num_speakers/],
    ['no language', { config: config({ language: undefined }) }, /names no language: say it with --language/],
    ['a wrong language', { language: 'not a language' }, /not a language is no language/],
    ['an endless language', { language: `en-${'x'.repeat(100)}` }, /this is no language/],
    ['an endless licence', { license: 'x'.repeat(200) }, /a licence has 1 to 128/],
    ['a licence of several lines', { license: 'MIT\n\u001b[2J' }, /a licence has 1 to 128/],
    ['the name of a lock', { id: 'joe.lock' }, /cannot be its name/],
    ['a name with traversal', { id: '../../up' }, /cannot be its name/],
    ['an absolute name', { id: '/tmp/up' }, /cannot be its name/],
    ['a hidden name', { id: '.hidden' }, /cannot be its name/],
    ['an endless name', { id: 'x'.repeat(100) }, /cannot be its name/],
    ['the name of a pack', { id: 'en_US-JOE-medium' }, /there is a voice .* already/],
    ['the name of a voice', { id: 'af_heart' }, /there is a voice af_heart already/],
    ['a name of OpenAI’s', { id: 'alloy' }, /there is a voice alloy already/],
    ['the default’s name', { id: 'default' }, /there is a voice default already/],
  ])('%s', async (_, given, reason) => {
    const [dataDir, folder] = [temporaryFolder(), temporaryFolder()];
    const path = typeof given.model === 'string' ? given.model : join(folder, 'voice.onnx');
    if (typeof given.model !== 'string') writeFileSync(path, given.model ?? piper);
    writeFileSync(join(folder, 'voice.onnx.json'), given.config ?? config());
    const asked = {
      model: path,
      config: join(folder, 'voice.onnx.json'),
      id: given.id,
      language: given.language,
      license: given.license,
    };
    const failure = await add(dataDir, asked).catch((error: Error) => error);
    expect(failure).toMatchObject({
      name: 'PackFailure',
      message: expect.stringMatching(/^Nothing was added: .*\.$/),
    });
    expect(String(failure)).toMatch(reason);
    expect(filesIn(dataDir)).toEqual([]);
    expect(existsSync(join(dataDir, 'packs', 'voice'))).toBe(false);
  });

  test('a file that is too large, without being read', async () => {
    const [dataDir, folder] = [temporaryFolder(), temporaryFolder()];
    const path = join(folder, 'voice.onnx');
    writeFileSync(path, '');
    truncateSync(path, 300 * 2 ** 20); // sparse
    await expect(add(dataDir, { model: path })).rejects.toThrow('voice.onnx has more than 256 MiB');
    writeFileSync(path, piper);
    writeFileSync(`${path}.json`, '');
    truncateSync(`${path}.json`, 2 * 2 ** 20);
    await expect(add(dataDir, { model: path })).rejects.toThrow('voice.onnx.json has more than 1 MiB');
    expect(filesIn(dataDir)).toEqual([]);
  });
});
