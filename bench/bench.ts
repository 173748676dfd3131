import type { InstalledPack } from '../src/core/ports.ts';
import type { Runtime } from '../test/conformance/server.ts';

/** What one run of a command measures with. */
export interface Setup {
  /** Fewer rounds, for developing: its figures say little. */
  readonly quick: boolean;
  /** The figures go into docs/performance.md. */
  readonly write: boolean;
  /** How long a soak lasts at least, as `--soak` says. */
  readonly soakSeconds: number;
  readonly runtimes: readonly Runtime[];
  readonly dataDir: string;
  /** The voice packs that can speak, the default one first. */
  readonly packs: readonly InstalledPack[];
  /** One line of progress on stderr. */
  say(line: string): void;
  /** Something did not run: the figures go on without it, and the exit code is 1. */
  fail(line: string): void;
}

/** One of the npm scripts that measure. */
export interface Command {
  /** Its section of docs/performance.md, and the script `bench:<section>`; without one `bench`, and all before the sections. */
  readonly section?: string;
  /** The script where it is no `bench:<section>`. */
  readonly script?: string;
  /** Heading of what is written, and the words that go before its figures. */
  readonly title: string;
  readonly intro: string;
  /** For --help: what is measured, in lines of up to 110 characters, and how a quick run differs. */
  readonly about: string;
  readonly quick: string;
  /** Seconds that its soak lasts unless `--soak` says otherwise; without them it has none. */
  readonly soak?: Counts;
  /** By the names that the command line takes, in the order in which they run. */
  readonly benches: Readonly<Record<string, Bench>>;
  readonly runtimes: readonly Runtime[];
  /** A case that did not run is a row that says so, and the others are written. */
  readonly writesRest?: boolean;
  /** Packages that the figures depend on. */
  readonly packages: readonly string[];
}

export interface Bench {
  /** Heading of its tables. */
  readonly title: string;
  /** What is measured and how, for readers of the tables. */
  readonly about: string;
  run(setup: Setup): Promise<Table[]>;
}

export interface Table {
  readonly title: string;
  /** One for each of a figure's cells. */
  readonly headings: readonly string[];
  readonly figures: readonly Figure[];
  readonly notes?: readonly string[];
  /** Markdown in the place of the figures. */
  readonly text?: string;
}

export interface Figure {
  readonly cells: readonly string[];
  readonly unit: '' | 'ms' | 'KB' | 'MB' | 'MB/s' | '/s' | 'x';
  /** One for each fresh process, or for each of its requests. */
  readonly samples: readonly number[];
  readonly goal?: Goal | undefined;
}

export type Goal = { readonly below: number } | { readonly atMost: number } | { readonly atLeast: number };

/** How often something is done: all of it, and by a quick run. */
export interface Counts<Count = number> {
  readonly full: Count;
  readonly quick: Count;
}

export function countOf<Count>({ quick }: Pick<Setup, 'quick'>, counts: Counts<Count>): Count {
  return quick ? counts.quick : counts.full;
}

/** The pack that speaks when a request names no voice. @throws when none is installed */
export function defaultPack({ packs }: Setup): InstalledPack {
  const [pack] = packs;
  if (!pack)
    throw new Error('No voice is installed; npm run fish-ctl -- models pull en_US-joe-medium fetches one.');
  return pack;
}
