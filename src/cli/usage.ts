import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';
import { nearest } from '../config/nearest.ts';

/** A command was called wrongly: exit code 2, and where to read how. */
export class Misuse extends Error {}

interface Option {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  /** What stands for its value in the help. */
  readonly value?: string;
  readonly about: string;
  /** All that it may be: checked, and offered by shell completion. */
  readonly choices?: readonly string[];
}

export type Options = Readonly<Record<string, Option>>;

/** What was given. `text` and `isSet` know the table, so that a wrong name is a type error nowhere else. */
export interface Given<Names extends string> {
  readonly positionals: readonly string[];
  text(name: Names): string | undefined;
  isSet(name: Names): boolean;
}

/** @throws Misuse */
export function parseOptions<const Table extends Options>(
  args: readonly string[],
  table: Table,
): Given<keyof Table & string> {
  const { values, positionals } = parse(args, table);
  for (const [name, { choices }] of Object.entries(table)) {
    const value = values[name];
    if (choices && typeof value === 'string' && !choices.includes(value))
      throw new Misuse(`--${name} must be one of ${choices.join(', ')}.`);
  }
  return {
    positionals,
    text: (name) => (typeof values[name] === 'string' ? values[name] : undefined),
    isSet: (name) => values[name] === true,
  };
}

function parse(
  args: readonly string[],
  table: Options,
): { values: Readonly<Record<string, unknown>>; positionals: readonly string[] } {
  const options: ParseArgsOptionsConfig = {};
  for (const [name, { type, short }] of Object.entries(table))
    options[name] = { type, ...(short && { short }) };
  try {
    return parseArgs({ args: [...args], allowPositionals: true, options });
  } catch (error) {
    throw misuseOf(error, Object.keys(table));
  }
}

/** What `parseArgs` refused, without its advice; an option that there is not, with the one that was probably meant. */
export function misuseOf(error: unknown, known: readonly string[]): Misuse {
  const [message = ''] = (error as Error).message.split('. ');
  const [, unknown] = /^Unknown option '--([^']+)'/.exec(message) ?? [];
  return new Misuse(`${message}.${didYouMean(unknown, known, '--')}`);
}

/** A sentence, where one of the `known` words is near. */
export function didYouMean(word: string | undefined, known: readonly string[], prefix = ''): string {
  const meant = word === undefined ? undefined : nearest(word, known);
  return meant === undefined ? '' : ` Did you mean ${prefix}${meant}?`;
}

/** Says what was wrong, and how `program` is called, without all that its help explains. The exit code. */
export function reportMisuse(program: string, message: string, help: string): 2 {
  const usage = help.split('\n\n').find((part) => part.startsWith('Usage: ')) ?? '';
  console.error(`Error: ${message}\n\n${usage.trim()}\n\nSee ${program} --help.`);
  return 2;
}

/** A number of an option. @throws Misuse */
export function numberIn(
  name: string,
  text: string | undefined,
  min: number,
  max: number,
): number | undefined {
  if (text === undefined) return undefined;
  const number = text.trim() === '' ? Number.NaN : Number(text);
  if (number >= min && number <= max) return number;
  throw new Misuse(`--${name} must be a number from ${min} to ${max}.`);
}

/** The lines of a help that say what options there are. */
export function describeOptions(table: Options): string {
  const rows = Object.entries(table).map(([name, { short, value, about, type }]) => {
    const word = type === 'boolean' ? '' : ` ${value ?? 'VALUE'}`;
    return [`${short ? `-${short}, ` : '    '}--${name}${word}`, about] as const;
  });
  const width = Math.max(...rows.map(([flag]) => flag.length));
  return rows.map(([flag, about]) => `  ${flag.padEnd(width)}  ${about}`).join('\n');
}

/** Aborts when the user or the system ends this process. */
export function stopSignal(): AbortSignal {
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  process.once('SIGTERM', () => stop.abort());
  return stop.signal;
}
