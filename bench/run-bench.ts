import type { Bench, Setup } from './bench.ts';
import { renderTable } from './tables.ts';

/** The bench's section of the page; one that fails says why there. */
export async function runBench(bench: Bench, setup: Setup): Promise<string> {
  const title = `## ${bench.name}\n\n${bench.about}\n`;
  try {
    const tables = await bench.run(setup);
    return [title, ...tables.map((table) => `${renderTable(table)}\n`)].join('\n');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    setup.fail(`${bench.name}: ${why}`);
    return [title, `It did not run: ${why}\n`].join('\n');
  }
}

/** Progress and failures go to stderr; a failure sets the exit code. */
export function reporting(): Pick<Setup, 'say' | 'fail'> {
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const fail = (line: string): void => {
    process.exitCode = 1;
    say(`FAILED ${line}`);
  };
  return { say, fail };
}
