import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { spawnInference } from '../../src/adapters/inference/spawn.ts';
import { dataFolder, installedPack, installedPacks, packFolder } from '../../src/adapters/local/packs.ts';
import { runModels } from '../../src/cli/models/command.ts';
import { ensurePack } from '../../src/cli/models/pull.ts';
import { defaultSampling } from '../../src/core/request.ts';
import { createOnnxEngine, type OnnxEngine } from '../../src/engine/onnx/engine.ts';
import { joePack } from '../../src/engine/onnx/packs/piper.ts';
import { loadEspeak } from '../../src/engine/onnx/phonemes/espeak.ts';
import { decodeModel, encodeModel, type Model, node } from '../../src/engine/onnx/prepare/model.ts';
import { readAll } from '../../src/stream/read.ts';
import { realClock } from '../stream/fake-clock.ts';
import { add, filesIn, pullOptions, temporaryFolder } from './support.ts';

const joe = packFolder(dataFolder(), joePack.id);
const [joeModel, joeConfig] = joePack.files.map(({ name }) => join(joe, name)) as [string, string];
const missing = (await installedPack(dataFolder(), joePack)) ? undefined : 'joe is not installed';
const hasEspeak = (await loadEspeak('vi')) !== undefined;
const noEspeak = hasEspeak ? '' : ' (skipped: @echogarden/espeak-ng-emscripten is not installed)';
const why = missing ? ` (skipped: ${missing})` : '';

function engineOf(dataDir: string): OnnxEngine {
  const ports = { packs: () => installedPacks(dataDir), spawnInference, clock: realClock };
  const gain = (): number => 1; // the loudness of an added voice is measured on less than that of a published one
  const engine = createOnnxEngine({ workers: 1, threads: 1, gain, runtime: async () => 'wasm' }, ports);
  onTestFinished(() => engine.close?.());
  return engine;
}

async function say(engine: OnnxEngine, voice: string, text = 'Good morning.'): Promise<Uint8Array> {
  const request = {
    text,
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
    const tuned = await ctl('tune', '--data-dir', dataDir);
    expect(tuned).toMatchObject({
      code: 0,
      said: expect.stringMatching(/^my-joe +wasm +1 +int8 weights +\d/m),
    });
    expect(tuned.said).toContain('No default voice was chosen');
    expect((await ctl('list', '--data-dir', dataDir)).said).toMatch(/^my-joe +wasm +1 /m);

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
    expect(filesIn(dataDir)).toEqual(['tuned.json']);
    expect((await ctl('list', '--data-dir', dataDir)).said).not.toContain('my-joe');
  }, 240_000); // it is measured too

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

  test.skipIf(!hasEspeak)(
    `speaks Vietnamese where its configuration says so${noEspeak}`,
    { timeout: 240_000 },
    async () => {
      const [dataDir, given] = [temporaryFolder(), temporaryFolder()];
      const config = join(given, 'vi_VN-test-medium.onnx.json');
      const about = { espeak: { voice: 'vi' }, language: { code: 'vi_VN' } };
      writeFileSync(config, JSON.stringify({ ...JSON.parse(readFileSync(joeConfig, 'utf8')), ...about }));
      const { pack, speaks } = await add(dataDir, { model: joeModel, config, id: 'vietnamese' });
      expect([pack.language, speaks]).toEqual(['vi-VN', true]);
      const engine = engineOf(dataDir);
      const greeting = await say(engine, 'vietnamese', 'Xin chào.');
      const sentence = await say(engine, 'vietnamese', 'Xin chào các bạn, hôm nay trời rất đẹp.');
      expect(greeting.length).toBeGreaterThan(20_000); // half a second
      expect(sentence.length).toBeGreaterThan(2 * greeting.length);
    },
  );
});
