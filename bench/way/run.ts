import type { Bench, Figure, Setup, Table } from '../bench.ts';
import { runCommand } from '../command.ts';
import { withOrigins } from '../origin/paced-origins.ts';
import { runModule } from '../processes.ts';
import type { Way, WayReport, WayTask } from './child.ts';

const child = new URL('./child.ts', import.meta.url);
const deadlineMs = 120_000;
const secondsPerWord = 0.05;
/** Streams that the audio may pass. */
const mostLayers = 4;

const sentences = [
  'It rains.',
  'The sea is calm and the boats are out.',
  'Nobody is here to see them today.',
];
/** The same in other words each time, so that nothing of it is kept. */
const texts = ['One', 'Two', 'Three'].map((word) => sentences.map((text) => `${word}: ${text}`).join(' '));
const greetings = ['Hello there.', 'Good morning.', 'Good evening.'];

const key = 'a-key-of-the-bench';
const embedded: WayTask = {
  env: { FISH_ENGINE: 'onnx' },
  path: '/v1/audio/speech',
  bodies: greetings.map((input) => ({ input, model: 'tts-1', voice: 'alloy' })),
};
const inFrontOf = (urls: readonly string[]): WayTask => ({
  env: { FISH_BACKEND: urls.join(','), FISH_FALLBACK: 'false' },
  path: '/v1/tts',
  bodies: texts.map((text) => ({ text, streaming: true, format: 'wav' })),
});

/** As most clients ask: by OpenAI's route, with a key, for MP3. */
const openaiBefore = (urls: readonly string[]): WayTask => ({
  env: { FISH_BACKEND: urls.join(','), FISH_FALLBACK: 'false', FISH_API_KEY: key },
  path: '/v1/audio/speech',
  headers: { authorization: `Bearer ${key}` },
  bodies: texts.map((input) => ({ input, model: 'tts-1', voice: 'alloy' })),
});

const benches: Readonly<Record<string, Bench>> = {
  embedded: {
    title: 'the embedded voice',
    about: '`POST /v1/audio/speech` of two words.',
    run: async (setup) => [tableOf(await measure(embedded), setup)],
  },
  upstream: {
    title: 'in front of Fish-Speech',
    about: `\`POST /v1/tts\` of three sentences, streamed, before a fake origin that takes ${secondsPerWord} s a word.`,
    run: async (setup) =>
      withOrigins({ secondsPerWord, factors: [0] }, async ({ urls }) => [
        tableOf(await measure(inFrontOf(urls)), setup),
      ]),
  },
  openai: {
    title: "OpenAI's route in front of Fish-Speech",
    about: '`POST /v1/audio/speech` of three sentences, as MP3, with a key, before the same origin.',
    run: async (setup) =>
      withOrigins({ secondsPerWord, factors: [0] }, async ({ urls }) => [
        tableOf(await measure(openaiBefore(urls)), setup),
      ]),
  },
};

async function measure(task: WayTask): Promise<WayReport> {
  return (await runModule('node', child, task, deadlineMs)) as WayReport;
}

function tableOf({ first, last }: WayReport, { say }: Setup): Table {
  for (const [file, count] of Object.entries(last.functions)) say(`  ${count} functions of ${file}`);
  for (const [place, count] of Object.entries(last.layers)) say(`  a stream of ${place} (${count})`);
  const figures = [
    ...figuresOf('the first request of a process', first),
    ...figuresOf('the third one', last),
  ];
  return { title: 'what one request runs', headings: ['request', 'what'], figures };
}

function figuresOf(which: string, { functions, layers }: Way): readonly Figure[] {
  const ran = Object.values(functions).reduce((all, one) => all + one, 0);
  const count = (what: string, sample: number, goal?: Figure['goal']): Figure => {
    return { cells: [which, what], unit: '', samples: [sample], goal };
  };
  return [
    count('functions of src', ran),
    count('files of src', Object.keys(functions).length),
    count('streams that its audio passes', Object.keys(layers).length, { atMost: mostLayers }),
  ];
}

await runCommand({
  section: 'way',
  title: 'The way of a request',
  intro:
    'Requests in a fresh process under coverage: the functions of `src` that run on the main thread, their files, and the streams through which the audio passes.',
  about: 'How much of src one request runs, and through how many streams its audio passes.',
  quick: 'the same',
  benches,
  runtimes: ['node'],
  packages: [],
});
