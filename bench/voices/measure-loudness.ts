/**
 * How loud every installed voice of the manifest speaks by itself, in LUFS: `npm run measure:loudness -- [--write] [VOICE...]`.
 * With --write the figures replace those of `loudness.json`, from which each voice's gain is made; voices that are not named keep theirs.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { hasNativeRuntime } from '../../src/adapters/inference/runtimes.ts';
import { localPorts } from '../../src/adapters/local/local.ts';
import { dataFolder } from '../../src/adapters/local/packs.ts';
import { loudnessOf } from '../../src/audio/dsp/loudness.ts';
import { toInt16 } from '../../src/audio/pcm.ts';
import { defaultSampling } from '../../src/core/request.ts';
import { createOnnxEngine } from '../../src/engine/onnx/engine.ts';
import { packs } from '../../src/engine/onnx/packs/manifest.ts';
import { textsOf } from '../texts.ts';

/** Statements, a question, an exclamation: some ten seconds, in the language of the voice. */
const texts: Readonly<Record<string, readonly string[]>> = {
  en: [
    'The harbor was quiet after the storm, and the fishermen came back one by one.',
    'Have you ever wondered why some gardens feel so calm?',
    'Good morning, everyone, and welcome aboard the early mountain train!',
  ],
  es: [
    'El puerto estaba tranquilo después de la tormenta, y los pescadores volvieron uno a uno.',
    '¿Por qué algunos jardines parecen tan tranquilos? Buenos días a todos.',
  ],
  fr: [
    'Le port était calme après la tempête, et les pêcheurs revenaient un par un.',
    'Pourquoi certains jardins semblent-ils si paisibles? Bonjour à tous.',
  ],
  hi: ['तूफान के बाद बंदरगाह शांत था और मछुआरे एक एक करके लौट आए।', 'कुछ बगीचे इतने शांत क्यों लगते हैं? आप सभी को नमस्ते।'],
  it: [
    'Il porto era tranquillo dopo la tempesta, e i pescatori tornavano uno a uno.',
    'Perché alcuni giardini sembrano così calmi? Buongiorno a tutti.',
  ],
  pt: [
    'O porto estava calmo depois da tempestade, e os pescadores voltaram um a um.',
    'Por que alguns jardins parecem tão calmos? Bom dia a todos.',
  ],
};

type Table = Record<string, Record<string, number>>;
const file = new URL('../../src/engine/onnx/packs/loudness.json', import.meta.url);

const { values, positionals } = parseArgs({
  options: { write: { type: 'boolean' } },
  allowPositionals: true,
});
const ports = localPorts({ dataDir: dataFolder(), keysFile: '', fetch });
const runtime = (await hasNativeRuntime()) ? 'native' : 'wasm';
const engine = createOnnxEngine(
  { workers: 1, threads: 1, runtime: async () => runtime, gain: () => 1 },
  ports,
);

/** Of all that the voice says, one sentence after the other: single ones differ by a LU. A voice that is quick says more of them. */
async function measure(voice: string, language: string, isQuick: boolean): Promise<number> {
  const said: number[] = [];
  let rate = 0;
  const primary = language.split('-')[0] ?? '';
  const more = isQuick && primary === 'en' ? textsOf(60).flatMap((text) => text.split(/(?<=[.!?]) /)) : [];
  for (const text of [...(texts[primary] ?? []), ...more]) {
    const request = { text, voice, speed: 1, references: [], sampling: defaultSampling, whole: false };
    const stream = await engine.open(request, new AbortController().signal);
    rate = stream.rate;
    const pcm = new Uint8Array(await new Response(stream.body).arrayBuffer());
    for (const sample of toInt16(pcm)) said.push(sample / 32_768);
  }
  return Math.round(loudnessOf(said, rate) * 100) / 100;
}

const table = JSON.parse(readFileSync(file, 'utf8')) as Table;
const installed = new Set((await engine.voices()).map(({ id }) => id));
for (const { id: pack, family, voices } of packs) {
  for (const { id, language } of voices) {
    if (!installed.has(id) || (positionals.length > 0 && !positionals.includes(id))) continue;
    const lufs = await measure(id, language, family === 'piper');
    console.log(`${pack} ${id} ${lufs.toFixed(2)}`);
    table[pack] = { ...table[pack], [id]: lufs };
  }
}
await engine.close?.();
if (values.write) writeFileSync(file, `${JSON.stringify(table, undefined, 2)}\n`);
process.exit(0);
