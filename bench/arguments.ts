import { parseArgs } from 'node:util';
import { type Command, countOf } from './bench.ts';

/** What the command line asks for. */
export interface Plan {
  readonly names: readonly string[];
  readonly quick: boolean;
  readonly write: boolean;
  /** 0 where there is no soak. */
  readonly soakSeconds: number;
}

const mostSoakSeconds = 3600;

/** @throws for an option or a bench that there is not, a soak without a length, and for --write with less than everything */
export function readPlan(command: Pick<Command, 'benches' | 'soak'>, argv: readonly string[]): Plan | 'help' {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      write: { type: 'boolean' },
      quick: { type: 'boolean' },
      ...(command.soak && { soak: { type: 'string' as const } }),
      help: { type: 'boolean', short: 'h' },
    },
  });
  const { write = false, quick = false, help = false } = values;
  const soak = 'soak' in values ? values.soak : undefined;
  if (help) return 'help';
  const all = Object.keys(command.benches);
  const unknown = positionals.filter((asked) => !all.includes(asked));
  if (unknown.length > 0)
    throw new Error(`There is no bench ${unknown.join(', ')}; there are ${all.join(', ')}.`);
  const names = all.filter((name) => positionals.length === 0 || positionals.includes(name));
  if (write && (quick || names.length < all.length)) {
    throw new Error('--write takes all benches and all rounds: no NAME and no --quick.');
  }
  const usual = command.soak ? countOf({ quick }, command.soak) : 0;
  return { names, quick, write, soakSeconds: typeof soak === 'string' ? secondsOf(soak) : usual };
}

function secondsOf(text: string): number {
  const [, digits = '0', unit = 's'] = /^(\d+)(s|m|h)?$/.exec(text) ?? [];
  const seconds = Number(digits) * ({ s: 1, m: 60, h: 3600 }[unit] ?? 1);
  if (seconds < 1 || seconds > mostSoakSeconds)
    throw new Error('--soak is a time from 1s to 1h, such as 90s or 5m.');
  return seconds;
}

/** As package.json calls it. */
export function scriptOf({ section, script }: Pick<Command, 'section' | 'script'>): string {
  if (script !== undefined) return script;
  return section === undefined ? 'bench' : `bench:${section}`;
}

export function helpOf(command: Command): string {
  return `Usage: npm run ${scriptOf(command)} -- [NAME...] [--write] [--quick]${command.soak ? ' [--soak TIME]' : ''} [--help]

  NAME     ${Object.keys(command.benches).join(', ')}; all of them when none is named
  --write  runs all of them and puts the tables into docs/performance.md
  --quick  ${command.quick}: for work on the benches, not for figures${helpOfSoak(command)}

${command.about}
A missed goal is a figure, not a failure: the exit code is 1 only when something did not run.
`;
}

function helpOfSoak({ soak }: Command): string {
  return soak
    ? `\n  --soak   how long the soak lasts at least, 1s to 1h (${soak.full}s, with --quick ${soak.quick}s)`
    : '';
}
