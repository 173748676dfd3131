import { startServer } from '../../test/conformance/server.ts';
import { startFakeModel } from '../../test/fake-model.ts';
import { type Bench, countOf, type Figure, type Setup } from '../bench.ts';
import { secondsPerWord, withOrigins } from '../origin/paced-origins.ts';
import { runModule } from '../processes.ts';
import type { Played } from './playing.ts';
import { answer, model } from './turns.ts';

/** What crowd-child.ts does. */
export interface CrowdTask {
  readonly url: string;
  /** What is said to each client. */
  readonly answers: readonly string[];
}

export interface CrowdReport {
  readonly played: readonly Played[];
  /** The longest time for which the clients' own process could note nothing, in milliseconds. */
  readonly lateMs: number;
}

const childModule = new URL('./crowd-child.ts', import.meta.url);
const deadlineMs = 120_000;
const sessions = { full: 20, quick: 5 };
/** Seconds that an origin takes for a second of speech; each slot speaks one text at a time. */
const factors = [0.1, 0.1, 0.1, 0.1];
/** Of the audio that is due by the number of words: what is missing was not an underrun, and is worse. */
const leastPart = 0.9;

export const crowd: Bench = {
  title: 'conversations at once',
  about:
    `Sessions that ask in the same moment by text, before a fake Fish-Speech origin with ${factors.length} slots, each of which takes ${factors[0]} s for a second of speech, and the same ` +
    'scripted model. An underrun is more than 20 ms without audio after all that had come was played, by the times at which a process of clients alone got it; ' +
    'an answer with a sentence missing ends the bench.',
  async run(setup) {
    const { played, lateMs } = await withOrigins({ secondsPerWord, factors }, ({ urls }) =>
      converse(setup, urls),
    );
    const figure = (what: string, of: (one: Played) => number, goal?: Figure['goal']): Figure => {
      return { cells: [String(played.length), what], unit: 'ms', samples: played.map(of), goal };
    };
    const underruns = played.reduce((all, one) => all + one.underruns, 0);
    const single = (what: string, unit: Figure['unit'], value: number, goal?: Figure['goal']): Figure => {
      return { cells: [String(played.length), what], unit, samples: [value], goal };
    };
    return [
      {
        title: 'Sessions at once',
        headings: ['sessions', 'what'],
        figures: [
          figure('first audio', ({ firstMs }) => firstMs),
          figure('silence in underruns', ({ silentMs }) => silentMs),
          single('underruns in all', '', underruns, { atMost: 0 }),
          single('longest delay of the clients themselves', 'ms', lateMs),
        ],
      },
    ];
  },
};

async function converse(setup: Setup, urls: readonly string[]): Promise<CrowdReport> {
  const fake = await startFakeModel({ script: model, reply: () => answer });
  const env = {
    FISH_BACKEND: urls.join(','),
    FISH_FALLBACK: 'false',
    FISH_CACHE: 'off',
    FISH_CLIENT_SHARE: '100',
    LLM_BASE_URL: fake.url,
  };
  const server = await startServer('node', { env });
  try {
    const answers = Array.from(
      { length: countOf(setup, sessions) },
      (_, index) => `Answer ${index}. ${answer}`,
    );
    const task: CrowdTask = { url: server.url, answers };
    const report = (await runModule('node', childModule, task, deadlineMs)) as CrowdReport;
    for (const [index, { audioMs }] of report.played.entries()) {
      const dueMs = (answers[index] ?? '').split(' ').length * secondsPerWord * 1000;
      if (audioMs < leastPart * dueMs)
        throw new Error(`of ${dueMs} ms of an answer ${audioMs.toFixed(0)} were heard`);
    }
    return report;
  } finally {
    await server.stop();
    await fake.close();
  }
}
