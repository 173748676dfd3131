import { type Bench, countOf, type Figure, type Setup } from '../bench.ts';
import { type Length, lengths, textsOf, warmUp } from '../texts.ts';
import { listen } from './listener.ts';
import { secondsPerWord, withGateway, withOrigins } from './paced-origins.ts';

const goalRatio = 1.2;
/** A quick run's origin is eight times as fast: 300 words in one piece take 36 s at the pace of a full one. */
const factors = { full: 0.4, quick: 0.05 } as const;

type Samples = ReadonlyMap<Length, readonly number[]>;

export const firstAudio: Bench = {
  title: 'first audio of an origin',
  about:
    `Time from a request to the first audio of texts of ${lengths.join(', ')} words. The origin makes speech of ` +
    `${secondsPerWord} s a word, one request at a time, takes ${factors.full} s for a second of it, and hands it out when ` +
    'all of it is made. Three stories; with fast start the client leaves at the first audio, and the next request waits ' +
    'until the origin is at rest.',
  async run(setup) {
    const factor = countOf(setup, factors);
    const stories = [...textsOf(lengths[0]).keys()].slice(0, setup.quick ? 1 : undefined);
    const [on, ...off] = await Promise.all([
      measure(setup, factor, 'true', stories),
      ...stories.map((story) => measure(setup, factor, 'false', [story])), // side by side: they only wait
    ]);
    const [shortest, ...longer] = lengths;
    const figures = (words: Length): Figure[] => {
      const fast = on?.get(words) ?? [];
      const slow = off.flatMap((samples) => samples.get(words) ?? []);
      return [
        { cells: [`${words} words`, 'on'], unit: 'ms', samples: fast },
        { cells: [`${words} words`, 'off'], unit: 'ms', samples: slow },
      ];
    };
    const ratios = longer.map((words): Figure => {
      const base = on?.get(shortest) ?? [];
      const samples = (on?.get(words) ?? []).map((ms, story) => ms / (base[story] ?? Number.NaN));
      const cells = [`${words} words over ${shortest} of the same story`, 'on'];
      return { cells, unit: 'x', samples, goal: { atMost: goalRatio } };
    });
    const table = [...lengths.flatMap(figures), ...ratios];
    return [{ title: 'Time to first audio', headings: ['text', 'fast start'], figures: table }];
  },
};

function measure(
  { say }: Setup,
  factor: number,
  fastStart: 'true' | 'false',
  stories: readonly number[],
): Promise<Samples> {
  return withOrigins({ secondsPerWord, factors: [factor] }, (origins) =>
    withGateway('node', origins.urls, { FISH_FAST_START: fastStart }, async ({ url }) => {
      const samples = new Map<Length, number[]>(lengths.map((words) => [words, []]));
      await listen(url, { text: warmUp });
      for (const story of stories) {
        for (const words of lengths) {
          await origins.settle();
          say(`first audio: fast start ${fastStart}, story ${story}, ${words} words`);
          const { firstMs } = await listen(
            url,
            { text: textsOf(words)[story] ?? '' },
            { leaveAtFirst: true },
          );
          if (firstMs === undefined) throw new Error(`${words} words brought no audio`);
          samples.get(words)?.push(firstMs);
        }
      }
      return samples;
    }),
  );
}
