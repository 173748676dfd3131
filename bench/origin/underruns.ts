import type { Bench, Figure, Setup } from '../bench.ts';
import { sum } from '../statistics.ts';
import { longText, textsOf } from '../texts.ts';
import { type Heard, listen } from './listener.ts';
import { secondsPerWord, withGateway, withOrigins } from './paced-origins.ts';

interface Case {
  readonly factor: number;
  readonly reader: keyof typeof readers;
  readonly texts: readonly string[];
}

/** A reader that plays stays so far ahead of what is heard; the sockets' buffers come on top. */
const readers = { 'as it comes': undefined, 'as it plays': 200 } as const;
const factors = [0.3, 0.4, 0.45, 0.5, 0.6, 0.7, 1] as const;
const playedFactors = [0.3, 0.45] as const;
/** A source that needs less than half of the time that its speech lasts must never be waited for. */
const goalFactor = 0.5;
const paragraphWords = 60;
/** Twice as long as what the sockets of a loopback connection swallow. */
const playedWords = 150;
const played: string = longText.split(' ').slice(0, playedWords).join(' ');

export const underruns: Bench = {
  title: 'gaps in one stream',
  about:
    `One client of an origin that takes 0.3 to 1 s for a second of speech (factor), ${secondsPerWord} s of speech a word: ` +
    'three paragraphs of 60 words read as they come, and 150 words read at the pace at which they play. An underrun is ' +
    'a gap of more than 20 ms after all that was delivered has been played, had playing begun with the first byte.',
  async run(setup) {
    const paragraphs = setup.quick ? textsOf(paragraphWords).slice(1) : textsOf(paragraphWords);
    const cases: Case[] = factors.map((factor) => ({ factor, reader: 'as it comes', texts: paragraphs }));
    if (!setup.quick)
      cases.push(
        ...playedFactors.map((factor): Case => ({ factor, reader: 'as it plays', texts: [played] })),
      );
    const heard = await measure(setup, cases);
    const figuresOf = (one: Case, index: number): Figure[] => {
      const samples = heard[index] ?? [];
      const goal = one.factor < goalFactor ? ({ atMost: 0 } as const) : undefined;
      const cells = (what: string): string[] => [String(one.factor), one.reader, what];
      return [
        {
          cells: cells('underruns'),
          unit: '',
          samples: [sum(samples.map(({ underruns }) => underruns))],
          goal,
        },
        { cells: cells('silence'), unit: 'ms', samples: [sum(samples.map(({ stalledMs }) => stalledMs))] },
      ];
    };
    return [
      {
        title: 'Underruns in a stream',
        headings: ['factor', 'reader', 'figure'],
        figures: cases.flatMap(figuresOf),
      },
    ];
  },
};

/** All cases side by side, each with a server and an origin of its own: they only wait. */
function measure({ say }: Setup, cases: readonly Case[]): Promise<Heard[][]> {
  const task = { secondsPerWord, factors: cases.map(({ factor }) => factor) };
  return withOrigins(task, ({ urls }) =>
    Promise.all(
      cases.map(({ factor, reader, texts }, index) =>
        withGateway('node', urls.slice(index, index + 1), {}, async ({ url }) => {
          const heard: Heard[] = [];
          for (const text of texts) {
            const one = await listen(url, { text }, { aheadMs: readers[reader] });
            if (one.end !== 'finished' || one.firstMs === undefined) throw new Error(`a stream ${one.end}`);
            say(`underruns: factor ${factor}, ${reader}: ${one.underruns}`);
            heard.push(one);
          }
          return heard;
        }),
      ),
    ),
  );
}
