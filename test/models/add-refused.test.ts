import { existsSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { encodeModel, node } from '../../src/engine/onnx/prepare/model.ts';
import { tinyPiper } from '../engine/onnx/tiny-graph.ts';
import { add, filesIn, temporaryFolder } from './support.ts';

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
