import { type Bench, type Counts, countOf, type Figure, type Setup, type Table } from '../bench.ts';
import { type Heard, listen } from '../origin/listener.ts';
import { percentile, sum } from '../statistics.ts';
import { textsOf } from '../texts.ts';

interface Crowded {
  readonly title: string;
  readonly about: string;
  /** Runs `work` with the address of a fresh server. */
  withServer<Result>(setup: Setup, work: (url: string) => Promise<Result>): Promise<Result>;
}

const clientCounts: Counts<readonly number[]> = { full: [1, 8, 20, 50, 200], quick: [1, 20] };
/** Two sentences of a story follow each other: about 20 words, or seven seconds. */
const sentencesEach = 2;
const refusedWithinMs = 100;
const sentences: readonly string[] = textsOf(300).flatMap((text) => text.split(/(?<=[.?!]) /));

/** A bench of clients that ask in the same moment. */
export function atOnce({ title, about, withServer }: Crowded): Bench {
  return {
    title,
    about:
      `${about} Each client asks once, for two sentences with a seed of its own, in streamed WAV. A gap is more than ` +
      '20 ms of silence after all that was delivered has been played, had playing begun with the first byte.',
    async run(setup) {
      const outcomes: (readonly [number, readonly Heard[]])[] = [];
      for (const clients of countOf(setup, clientCounts)) {
        setup.say(`${title}: ${clients} at once`);
        outcomes.push([clients, await withServer(setup, (url) => askAtOnce(url, clients))]);
      }
      return [firstAudioOf(title, outcomes), gapsOf(title, outcomes), ...refusalsOf(title, outcomes)];
    },
  };
}

function askAtOnce(url: string, clients: number): Promise<Heard[]> {
  return Promise.all(
    Array.from({ length: clients }, (_, client) => {
      const said = Array.from(
        { length: sentencesEach },
        (__, at) => sentences[(client + at) % sentences.length],
      );
      return listen(url, { text: said.join(' '), seed: client + 1 });
    }),
  );
}

type Outcomes = readonly (readonly [clients: number, heard: readonly Heard[]])[];

const isSpoken = ({ status, end }: Heard): boolean => status === 200 && end === 'finished';
const isRefused = ({ status, headers }: Heard): boolean =>
  status === 503 && headers['retry-after'] !== undefined;

function firstAudioOf(title: string, outcomes: Outcomes): Table {
  const figures = outcomes.map(([clients, heard]): Figure => {
    const samples = heard.flatMap(({ firstMs }) => firstMs ?? []);
    const refused = heard.filter(isRefused).length;
    const failed = heard.length - heard.filter(isSpoken).length - refused;
    const p95 = `${percentile(samples, 0.95).toFixed(0)} ms`;
    const cells = [
      String(clients),
      String(heard.filter(isSpoken).length),
      String(refused),
      String(failed),
      p95,
    ];
    return { cells, unit: 'ms', samples };
  });
  const headings = ['clients', 'spoken whole', '503 with Retry-After', 'other failures', 'p95'];
  return { title: `First audio: ${title}`, headings, figures };
}

function gapsOf(title: string, outcomes: Outcomes): Table {
  const figures = outcomes.map(([clients, heard]): Figure => {
    const listeners = heard.filter(({ firstMs }) => firstMs !== undefined);
    const gaps = sum(listeners.map(({ underruns }) => underruns));
    const speech = sum(listeners.map(({ audioSeconds }) => audioSeconds));
    const cells = [String(clients), `${speech.toFixed(0)} s`, String(gaps)];
    return { cells, unit: 'ms', samples: listeners.map(({ stalledMs }) => stalledMs) };
  });
  return {
    title: `Silence in gaps, by listener: ${title}`,
    headings: ['clients', 'speech', 'gaps'],
    figures,
  };
}

/** None where nobody was refused. */
function refusalsOf(title: string, outcomes: Outcomes): Table[] {
  const figures = outcomes.flatMap(([clients, heard]): Figure[] => {
    const refused = heard.filter(isRefused);
    if (refused.length === 0) return [];
    const samples = refused.map(({ answeredMs }) => answeredMs ?? Number.NaN);
    const asked = refused.map(({ headers }) => Number(headers['retry-after']));
    const cells = [
      String(clients),
      `${Math.min(...asked)} to ${Math.max(...asked)} s`,
      String(samples.filter((ms) => ms > refusedWithinMs).length),
    ];
    return [{ cells, unit: 'ms', samples }];
  });
  const headings = ['clients', 'Retry-After', `later than ${refusedWithinMs} ms`];
  return figures.length === 0 ? [] : [{ title: `When refusals came: ${title}`, headings, figures }];
}
