import { FishEdge, FishEdgeError } from '../../client/client.ts';
import { type Given, Misuse, type Options, parseOptions, reportMisuse } from '../usage.ts';

/** Of every command of `fish-ctl` that asks a server; names and letters of Fish-Speech-Go's tool. */
export const remoteOptions = {
  server: { type: 'string', short: 's', value: 'URL', about: 'else FISH_SERVER, else http://localhost:8080' },
  'api-key': { type: 'string', value: 'KEY', about: 'else FISH_API_KEY' },
  output: {
    type: 'string',
    short: 'o',
    value: 'FORMAT',
    choices: ['text', 'json'],
    about: 'text (the default) or json',
  },
  json: { type: 'boolean', about: 'the same as -o json' },
  help: { type: 'boolean', short: 'h', about: 'this text' },
} as const satisfies Options;

export const DEFAULT_SERVER = 'http://localhost:8080';
const TIMEOUT_MS = 30_000;

/** What a command works with. */
export interface Remote<Names extends string = never> {
  readonly client: FishEdge;
  readonly args: readonly string[];
  readonly given: Given<Names | keyof typeof remoteOptions>;
  /** Prints what the server said, or `lines` of it. */
  show(answer: unknown, lines: () => readonly string[]): void;
}

interface RemoteCommand<More extends Options> {
  readonly name: string;
  /** The most that it takes besides its options; more would be passed over without a word. */
  readonly words?: number;
  readonly help: string;
  readonly more: More;
  run(remote: Remote<keyof More & string>): Promise<void>;
}

/** Runs a command that asks a server. Ends with the exit code. */
export async function runRemote<const More extends Options>(
  args: readonly string[],
  { name, words = 0, help, more, run }: RemoteCommand<More>,
): Promise<number> {
  let server = '';
  try {
    const given = parseOptions(args, { ...remoteOptions, ...more });
    server = given.text('server') ?? (process.env.FISH_SERVER || DEFAULT_SERVER);
    if (given.isSet('help')) {
      console.log(help);
      return 0;
    }
    const unexpected = given.positionals[words];
    if (unexpected !== undefined) throw new Misuse(`Unexpected argument '${unexpected}'.`);
    const isJson = given.isSet('json') || given.text('output') === 'json';
    await run({
      client: connect(server, given, { timeoutMs: TIMEOUT_MS, maxRetries: 0 }),
      args: given.positionals,
      given,
      show: (answer, lines) =>
        console.log(isJson ? JSON.stringify(answer, undefined, 2) : lines().join('\n')),
    });
    return 0;
  } catch (error) {
    if (error instanceof Misuse) return reportMisuse(`fish-ctl ${name}`, error.message, help);
    console.error(`Error: ${describe(error, server)}`);
    return 1;
  }
}

/** @throws Misuse for what is no address */
export function connect(
  baseUrl: string,
  given: Given<'api-key'>,
  options: { readonly timeoutMs?: number; readonly maxRetries?: number } = {},
): FishEdge {
  const apiKey = given.text('api-key') ?? process.env.FISH_API_KEY ?? '';
  try {
    return new FishEdge({ baseUrl, apiKey, ...options });
  } catch {
    throw new Misuse('--server must be an http:// or https:// address.');
  }
}

/** One line for whoever typed the command. */
export function describe(error: unknown, server: string): string {
  if (error instanceof FishEdgeError) return `${error.message} (${error.status})`;
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'AbortError') return 'stopped';
  const cause = error.cause instanceof Error ? error.cause : undefined;
  const codes = [error, cause].map((each) => (each as NodeJS.ErrnoException | undefined)?.code);
  if (codes.includes('ECONNREFUSED') || codes.includes('ConnectionRefused'))
    return `nobody listens at ${server} (ECONNREFUSED): is the server running?`;
  return cause ? `${server} cannot be asked: ${cause.message}` : error.message;
}
