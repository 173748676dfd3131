import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { dataFolder, installedPacks } from '../src/adapters/packs.ts';
import { hasRuntime, type Runtime } from '../test/conformance/server.ts';
import type { Setup } from './bench.ts';
import { formatBenches } from './format-benches.ts';
import { writeSpeech } from './format-speech.ts';
import { describeMachine } from './machine.ts';
import { writeSection } from './page.ts';
import { reporting, runBench } from './run-bench.ts';

const all: readonly Runtime[] = ['node', 'bun'];
const packages = ['wasm-media-encoders', '@evan/opus', '@mediabunny/aac-encoder'];

const help = `Usage: npm run bench:formats [-- --write] [--quick] [--help]

  --write  puts the tables into docs/performance.md
  --quick  one round of a short text: for work on the bench, not for figures

The encoders against ffmpeg's command line on the same speech, in pairs: medians of fresh processes in alternating order.
Needs ffmpeg and a voice. A missed goal is a figure, not a failure: the exit code is 1 only when something did not run.
`;

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      write: { type: 'boolean' },
      quick: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  if (values.help) return void process.stdout.write(help);
  const { write = false, quick = false } = values;
  if (write && quick) throw new Error('--write takes all rounds.');
  const runtimes = all.filter(hasRuntime);
  const dataDir = dataFolder();
  const packs = (await installedPacks(dataDir)).filter(({ id }) => !id.startsWith('moonshine'));
  const setup: Setup = { quick, runtimes, dataDir, packs, ...reporting() };
  const page = [...describeMachine(runtimes, packages).map((fact) => `- ${fact}`), ''];
  process.stdout.write(`${page.join('\n')}\n`);
  const folder = mkdtempSync(join(tmpdir(), 'fish-edge-formats-'));
  try {
    const file = join(folder, 'speech.s16le');
    setup.say('speaking');
    await writeSpeech(setup, file);
    for (const bench of formatBenches(file)) {
      const section = (await runBench(bench, setup)).replace(/^#/gm, '##'); // within a section of the page
      process.stdout.write(`${section}\n`);
      page.push(section);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  if (write && process.exitCode === 1) setup.say('docs/performance.md stays as it is: not everything ran.');
  else if (write) writeSection('formats', sectionOf(page));
}

function sectionOf(parts: readonly string[]): string {
  const intro = `## The encoders against ffmpeg

What \`npm run bench:formats -- --write\` measured on ${new Date().toISOString().slice(0, 10)}.
`;
  return [intro, ...parts].join('\n');
}

main().catch((error: unknown) => {
  process.stderr.write(`bench:formats: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
