import type { Clock } from '../core/ports.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

const severity: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

/** One line an event: a JSON object with `level`, `time` (RFC 3339) and `message`, or text for people. */
export function createLogger(options: {
  readonly level: LogLevel;
  readonly format: 'json' | 'text';
  readonly write: (line: string) => void;
  readonly clock: Pick<Clock, 'wallNow'>;
  /** Where several processes write one log. */
  readonly pid?: number | undefined;
}): Logger {
  const { pid } = options;
  const log = (level: LogLevel, message: string, given: LogFields = {}): void => {
    const fields = pid === undefined ? given : { pid, ...given };
    if (severity[level] < severity[options.level]) return;
    const time = new Date(options.clock.wallNow()).toISOString();
    options.write(
      options.format === 'json'
        ? JSON.stringify({ level, time, message, ...fields })
        : `${time.slice(11, 23)} ${level.toUpperCase().padEnd(5)} ${message}${plain(fields)}`,
    );
  };
  return {
    debug: (message, fields) => log('debug', message, fields),
    info: (message, fields) => log('info', message, fields),
    warn: (message, fields) => log('warn', message, fields),
    error: (message, fields) => log('error', message, fields),
  };
}

function plain(fields: LogFields): string {
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}=${typeof value === 'string' ? JSON.stringify(value) : value}`)
    .join('');
}

/** What went wrong, causes included, on one line: for logs only, never for a client. */
export function describe(error: unknown): string {
  const parts: string[] = [];
  for (let next = error, depth = 0; next !== undefined && depth < 5; depth++) {
    parts.push(next instanceof Error ? `${next.name}: ${next.message}` : String(next));
    next = next instanceof Error ? next.cause : undefined;
  }
  return parts.join(' <- ').replaceAll('\n', ' ').slice(0, 1000);
}
