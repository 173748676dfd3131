import { describe, type Logger } from '../telemetry/log.ts';

/** So many uncaught errors in a minute are no accident: the process is broken, and whoever started it starts another. */
const MAX_STRAYS = 20;
const WINDOW_MS = 60_000;
const MAX_SAID = 1000;

/**
 * What nobody caught becomes a line of the log instead of a stack on stderr, and the server goes on: it belongs to one
 * request or one connection, whose own deadlines end it. The same holds for what the runtime warns of.
 */
export function catchStrays(log: Logger): void {
  let recent: number[] = [];
  const stray = (what: string) => (error: unknown) => {
    const now = Date.now();
    recent = [...recent.filter((at) => now - at < WINDOW_MS), now];
    log.error(what, { cause: describe(error) });
    if (recent.length <= MAX_STRAYS) return;
    log.error('too many errors that nobody caught: the process ends', { errors: recent.length });
    process.exit(1);
  };
  process.on('uncaughtException', stray('an error was caught by nobody'));
  process.on('unhandledRejection', stray('a rejection was caught by nobody'));
  process.removeAllListeners('warning'); // Node's own writes to stderr
  process.on('warning', (warning) => log.warn('the runtime warns', { cause: describe(warning) }));
  // Libraries write stacks there: the server's adapter for Node does when a client leaves at a bad moment.
  const says =
    (severity: 'debug' | 'warn') =>
    (...said: unknown[]) =>
      log[severity]('a library says', { cause: said.map(describe).join(' ').slice(0, MAX_SAID) });
  console.debug = console.info = console.log = says('debug');
  console.warn = console.error = says('warn');
  // A full disk, or a reader of the log who is gone: speech is worth more than its log.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
}
