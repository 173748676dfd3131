/** `npm run bench:way`: how much of `src` one request runs, and through how many streams its audio passes. */
import { parseArgs } from 'node:util';
import { withOrigins } from '../origin/paced-origins.ts';
import { runModule } from '../processes.ts';
import type { Way, WayReport, WayTask } from './child.ts';

const help = `Usage: npm run bench:way -- [--json] [--files] [--help]

  --json   everything that was measured, as JSON
  --files  besides the table, each file with the number of its functions that ran

Requests in a fresh process of Node under coverage: the functions of src that run on the main thread, their files, and the
streams through which the audio passes, by the file that makes them. The first request of a process, and the third.
`;
const { values } = parseArgs({
  options: { json: { type: 'boolean' }, files: { type: 'boolean' }, help: { type: 'boolean' } },
});
const child = new URL('./child.ts', import.meta.url);
const deadlineMs = 120_000;
const secondsPerWord = 0.05;

const sentences = [
  'It rains.',
  'The sea is calm and the boats are out.',
  'Nobody is here to see them today.',
];
/** The same in other words each time, so that nothing of it is kept. */
const texts = ['One', 'Two', 'Three'].map((word) => sentences.map((text) => `${word}: ${text}`).join(' '));
const greetings = ['Hello there.', 'Good morning.', 'Good evening.'];

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

if (values.help) process.stdout.write(help);
else {
  const measure = async (task: WayTask): Promise<WayReport> =>
    (await runModule('node', child, task, deadlineMs)) as WayReport;
  const reports = {
    'POST /v1/audio/speech, embedded voice': await measure(embedded),
    'POST /v1/tts, three sentences, streamed': await withOrigins(
      { secondsPerWord, factors: [0] },
      ({ urls }) => measure(inFrontOf(urls)),
    ),
  };
  process.stdout.write(values.json ? `${JSON.stringify(reports, undefined, 2)}\n` : pageOf(reports));
}

function pageOf(reports: Readonly<Record<string, WayReport>>): string {
  const lines = ['| request | which | functions | files | layers | made by |', '|---|---|---|---|---|---|'];
  for (const [name, report] of Object.entries(reports)) {
    for (const which of ['first', 'last'] as const) lines.push(rowOf(name, which, report[which]));
  }
  for (const [name, { last }] of values.files ? Object.entries(reports) : []) {
    lines.push('', name);
    for (const [file, count] of Object.entries(last.functions).toSorted()) lines.push(`  ${count} ${file}`);
  }
  return `${lines.join('\n')}\n`;
}

function rowOf(name: string, which: string, { functions, layers }: Way): string {
  const sum = Object.values(functions).reduce((all, one) => all + one, 0);
  const places = Object.entries(layers).map(([place, count]) => `${place} (${count})`);
  const cells = [name, which, sum, Object.keys(functions).length, places.length, places.join(', ')];
  return `| ${cells.join(' | ')} |`;
}
