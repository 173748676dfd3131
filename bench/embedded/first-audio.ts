import { findPack } from '../../src/engine/onnx/packs/manifest.ts';
import { type Runtime, startServer } from '../../test/conformance/server.ts';
import { alternateRuntimes } from '../alternate.ts';
import { type Bench, defaultPack, type Figure } from '../bench.ts';
import { ask, settle, wavHeaderBytes } from '../speech-client.ts';
import { type Length, lengths, textsOf, warmUp } from '../texts.ts';

const goalMs = 250;
const goalRatio = 1.3;
const rounds = { full: 3, quick: 1 } as const;

type Sample = ReadonlyMap<Length, readonly number[]>;

export const firstAudio: Bench = {
  title: 'first-audio',
  about:
    'Time from a request to the first byte of PCM behind the WAV header, over HTTP to a fresh server with a warm voice, ' +
    'for texts of 10, 60 and 300 words; the client leaves then. Each length is asked for with three stories, in turn.',
  async run(setup) {
    const pack = defaultPack(setup);
    const samples = await alternateRuntimes(setup, 'first-audio', rounds, (runtime) =>
      measure(runtime, setup.dataDir, pack.id),
    );
    const byLength = [...samples].flatMap(([runtime, taken]) =>
      lengths.map((words): Figure => {
        const times = taken.flatMap((sample) => sample.get(words) ?? []);
        return { cells: [runtime, `${words} words`], unit: 'ms', samples: times, goal: { below: goalMs } };
      }),
    );
    const [shortest, ...longer] = lengths;
    const ratios = [...samples].flatMap(([runtime, taken]) =>
      longer.map((words): Figure => {
        const cells = [runtime, `${words} words over ${shortest} of the same story`];
        const shares = taken.flatMap((sample) => ratiosOf(sample, words, shortest));
        return { cells, unit: 'x', samples: shares, goal: { atMost: goalRatio } };
      }),
    );
    const voice = findPack(pack.id)?.voices[0]?.id ?? pack.id;
    return [
      {
        title: `Time to first audio of ${voice}`,
        headings: ['runtime', 'text'],
        figures: [...byLength, ...ratios],
      },
    ];
  },
};

/** Story by story. */
function ratiosOf(sample: Sample, longer: Length, shorter: Length): number[] {
  const base = sample.get(shorter) ?? [];
  return (sample.get(longer) ?? []).map((ms, story) => ms / (base[story] ?? Number.NaN));
}

async function measure(runtime: Runtime, dataDir: string, voice: string): Promise<Sample> {
  const env = { FISH_DATA_DIR: dataDir, FISH_VOICE: voice, FISH_CACHE: 'off' }; // texts begin alike
  const server = await startServer(runtime, { env });
  try {
    await ask(server.url, bodyOf(warmUp));
    const sample = new Map<Length, number[]>(lengths.map((words) => [words, []]));
    for (const story of textsOf(lengths[0]).keys()) {
      const order = story % 2 === 0 ? lengths : lengths.toReversed();
      for (const words of order) {
        await settle();
        const options = { skipBytes: wavHeaderBytes, leave: true };
        const { firstMs } = await ask(server.url, bodyOf(textsOf(words)[story] ?? ''), options);
        sample.get(words)?.push(firstMs);
      }
    }
    return sample;
  } finally {
    await server.stop();
  }
}

function bodyOf(text: string): object {
  return { text, streaming: true, format: 'wav' };
}
