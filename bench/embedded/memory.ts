import type { InstalledPack } from '../../src/core/ports.ts';
import { findPack } from '../../src/engine/onnx/packs/manifest.ts';
import type { Runtime } from '../../test/conformance/server.ts';
import { alternate } from '../alternate.ts';
import { type Bench, defaultPack, type Figure, type Goal, type Setup } from '../bench.ts';
import { peakBytes } from '../process-memory.ts';
import { ask } from '../speech-client.ts';
import { longText, paragraph } from '../texts.ts';
import { type ProbedServer, startProbed } from './probed-server.ts';

const goals: Readonly<Record<string, Goal>> = { piper: { below: 500 }, kokoro: { below: 2000 } };
const bytesPerMB = 1e6;
const bytesPerKiB = 1024;

export const memory: Bench = {
  title: 'memory',
  about:
    'Peak resident memory of the server process and its children, with one worker, after a text of 300 words was spoken ' +
    '(MB are millions of bytes; the process comes with the threads of its workers).',
  async run(setup) {
    defaultPack(setup);
    const figures: Figure[] = [];
    for (const pack of setup.packs) figures.push(...(await measurePack(setup, pack)));
    return [{ title: 'Peak resident memory', headings: ['voice pack', 'runtime'], figures }];
  },
};

/** The runtimes run side by side: memory does not mind, and Kokoro speaks 300 words for minutes. */
async function measurePack(setup: Setup, pack: InstalledPack): Promise<Figure[]> {
  const family = findPack(pack.id)?.family ?? 'piper';
  const text = setup.quick ? paragraph : longText;
  const take = async (runtime: Runtime): Promise<Figure> => {
    const one = { name: `memory: ${pack.id} on ${runtime}` };
    const samples = await alternate(setup, [one], 1, () => measure(runtime, setup.dataDir, pack.id, text));
    return { cells: [pack.id, runtime], unit: 'MB', samples: samples.get(one) ?? [], goal: goals[family] };
  };
  return Promise.all(setup.runtimes.map(take));
}

async function measure(runtime: Runtime, dataDir: string, voice: string, text: string): Promise<number> {
  const env = { FISH_DATA_DIR: dataDir, FISH_VOICE: voice, FISH_CACHE: 'off' };
  const server = await startProbed(runtime, env);
  try {
    await ask(server.url, { text, streaming: true, format: 'wav' });
    return (await peakOf(server)) / bytesPerMB;
  } finally {
    await server.stop();
  }
}

async function peakOf(server: ProbedServer): Promise<number> {
  if (process.platform === 'linux') return peakBytes(server.pid);
  const { peak_kb } = await server.look(); // of the process alone
  return peak_kb * bytesPerKiB;
}
