import { parseArgs } from 'node:util';
import type { Runtime } from '../test/conformance/server.ts';
import { type AttackCase, allRuntimes } from './case.ts';

/** What the command line asks for. */
export interface Plan {
  readonly runtimes: readonly Runtime[];
  readonly cases: readonly AttackCase[];
  /** Cases were named. */
  readonly named: boolean;
  readonly short: boolean;
  readonly json: boolean;
  readonly seconds: number;
  readonly list: boolean;
  readonly soak: { readonly seconds: number; readonly plot: string | undefined } | undefined;
}

const defaultSeconds = { full: 10, short: 3 } as const;
const mostSeconds = 600;
const mostSoakSeconds = 24 * 3600;

/** @throws for what there is not, and what is out of range */
export function readPlan(argv: readonly string[], all: readonly AttackCase[]): Plan | 'help' {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      runtime: { type: 'string', multiple: true },
      case: { type: 'string', multiple: true },
      list: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
      short: { type: 'boolean', default: false },
      seconds: { type: 'string' },
      soak: { type: 'string' },
      plot: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  if (values.help) return 'help';
  const { short, json, list } = values;
  const names = all.map(({ name }) => name);
  const cases = picked('case', values.case, names);
  const runtimes = picked('runtime', values.runtime, allRuntimes) as Runtime[];
  const seconds = numberOf('seconds', values.seconds ?? String(defaultSeconds[short ? 'short' : 'full']));
  if (seconds > mostSeconds) throw new Error(`--seconds is at most ${mostSeconds}.`);
  if (values.plot !== undefined && values.soak === undefined) throw new Error('--plot is for --soak.');
  return {
    runtimes,
    cases: all.filter(({ name }) => cases.includes(name)),
    named: values.case !== undefined,
    short,
    json,
    seconds,
    list,
    soak: values.soak === undefined ? undefined : { seconds: durationOf(values.soak), plot: values.plot },
  };
}

function picked(
  option: string,
  asked: readonly string[] | undefined,
  all: readonly string[],
): readonly string[] {
  const unknown = asked?.filter((name) => !all.includes(name)) ?? [];
  if (unknown.length > 0)
    throw new Error(`There is no ${option} ${unknown.join(', ')}; there are ${all.join(', ')}.`);
  return asked ? all.filter((name) => asked.includes(name)) : all;
}

function numberOf(option: string, text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
  if (value <= 0) throw new Error(`--${option} must be a number above 0.`);
  return value;
}

function durationOf(text: string): number {
  const [, digits, unit = 's'] = /^(\d+)(s|m|h)?$/.exec(text) ?? [];
  const seconds = numberOf('soak', digits ?? '') * ({ s: 1, m: 60, h: 3600 }[unit] ?? 1);
  if (seconds > mostSoakSeconds) throw new Error('--soak is at most 24h.');
  return seconds;
}

export function helpOf(): string {
  return `Usage: npm run attack -- [--runtime NAME...] [--case NAME...] [--short] [--seconds N] [--json] [--list] [--help]
       npm run attack -- --soak 30m [--runtime NAME...] [--plot FILE.svg]

Starts the real server on each runtime (${allRuntimes.join(', ')}) on loopback, in front of a fake origin, does to it what an
attacker, a bad client or a busy evening would, and prints what was tried, what came back, how long /v1/health took
meanwhile, and the memory of the server. Nothing but the servers that it starts is ever attacked. Linux alone, for /proc.

  --runtime NAME  this one alone; more than once for several
  --case NAME     this one alone; more than once for several
  --list          the cases, and which are pending
  --short         the form that is part of npm test: smaller loads, without what is pending
  --seconds N     how long attacks without an end of their own last (${defaultSeconds.full}, in the short form ${defaultSeconds.short}; at most ${mostSeconds})
  --json          one JSON document instead of tables
  --soak TIME     instead of the cases: honest traffic for 90s, 30m or 2h with a tenth of bad requests in it
  --plot FILE     draws memory and health of the soak over time, as SVG

The exit code is 1 when a case fails. docs/attack.md says how to read the tables.
`;
}
