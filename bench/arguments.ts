import { parseArgs } from 'node:util';
import type { Command } from './bench.ts';

/** What the command line asks for. */
export interface Plan {
  readonly names: readonly string[];
  readonly quick: boolean;
  readonly write: boolean;
}

/** @throws for an option or a bench that there is not, and for --write with less than everything */
export function readPlan(command: Pick<Command, 'benches'>, argv: readonly string[]): Plan | 'help' {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      write: { type: 'boolean' },
      quick: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
  const { write = false, quick = false, help = false } = values;
  if (help) return 'help';
  const all = Object.keys(command.benches);
  const unknown = positionals.filter((asked) => !all.includes(asked));
  if (unknown.length > 0)
    throw new Error(`There is no bench ${unknown.join(', ')}; there are ${all.join(', ')}.`);
  const names = all.filter((name) => positionals.length === 0 || positionals.includes(name));
  if (write && (quick || names.length < all.length)) {
    throw new Error('--write takes all benches and all rounds: no NAME and no --quick.');
  }
  return { names, quick, write };
}

/** As package.json calls it. */
export function scriptOf({ section }: Pick<Command, 'section'>): string {
  return section === undefined ? 'bench' : `bench:${section}`;
}

export function helpOf(command: Command): string {
  return `Usage: npm run ${scriptOf(command)} -- [NAME...] [--write] [--quick] [--help]

  NAME     ${Object.keys(command.benches).join(', ')}; all of them when none is named
  --write  runs all of them and puts the tables into docs/performance.md
  --quick  ${command.quick}: for work on the benches, not for figures

${command.about}
A missed goal is a figure, not a failure: the exit code is 1 only when something did not run.
`;
}
