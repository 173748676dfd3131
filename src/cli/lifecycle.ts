import type { Listener } from '../adapters/local/local.ts';
import type { App } from '../app.ts';
import { type Config, ConfigError, chosenEngine, originsOf } from '../config/config.ts';
import { changedSettings, isReloaded, reloadedConfig } from '../config/reload.ts';
import { describe, type Logger } from '../telemetry/log.ts';
import { ctlName } from './ctl-name.ts';
import type { Child } from './processes/child.ts';

/**
 * The first SIGTERM or SIGINT stops accepting and lets running speech finish, for `graceMs` at most; then exit 0.
 * A second signal exits at once. A child among several processes is told so by its parent.
 */
export function stopOnSignals(
  app: App,
  listener: Pick<Listener, 'stop' | 'kill'>,
  graceMs: number,
  child: Pick<Child, 'onStop'> | undefined,
): void {
  const stop = async (signal: string): Promise<void> => {
    app.log.info('stopping', { signal, active: app.active(), grace_ms: graceMs });
    app.drain();
    const cut = setTimeout(() => listener.kill(), graceMs);
    await listener.stop();
    clearTimeout(cut);
    await app.close();
    app.log.info('stopped');
    process.exit(0);
  };
  const kill = (): never => process.exit(INTERRUPTED);
  if (child) child.onStop((why) => void stop(why), kill);
  else onStopSignals((signal) => void stop(signal), kill);
}

/** Exit status of a program that SIGINT ended, by the convention of shells. */
const INTERRUPTED = 130;

/** Calls `stop` for the first signal, `kill` for the second. */
export function onStopSignals(stop: (signal: string) => void, kill: () => void): void {
  let isStopping = false;
  const hear = (signal: NodeJS.Signals): void => {
    const isSecond = isStopping;
    isStopping = true;
    if (isSecond) kill();
    else stop(signal);
  };
  process.on('SIGTERM', hear);
  process.on('SIGINT', hear);
}

/**
 * SIGHUP reads the settings again and takes over what holds without a restart: upstreams, keys, limits. Settings that are wrong
 * are one line in the log and change nothing.
 */
export function reloadOnHangup(app: App, started: Config, read: () => Promise<Config>): void {
  let current = started;
  const reload = async (): Promise<void> => {
    try {
      const next = await read();
      if (chosenEngine(next) !== chosenEngine(current))
        throw new ConfigError([`engine: would be ${chosenEngine(next)} now, which needs a restart`]);
      await app.reload(next);
      const changed = changedSettings(current, next);
      current = reloadedConfig(current, next);
      const taken = changed.filter(isReloaded).join(', ');
      app.log.info('settings read again', { origins: originsOf(next).length, changed: taken || 'nothing' });
      const left = changed.filter((key) => !isReloaded(key)).join(', ');
      if (left !== '') app.log.warn('settings changed that need a restart', { settings: left });
    } catch (error) {
      const problem = error instanceof ConfigError ? error.problems.join('; ') : describe(error);
      app.log.error('settings are wrong and were left as they are', { problem });
    }
  };
  let last = Promise.resolve();
  process.on('SIGHUP', () => {
    last = last.then(reload); // two at once could end with the older of two files
  });
}

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

/** Whether others than this machine reach the port. */
function isPublic({ host }: Pick<Listener, 'host'>): boolean {
  return host !== 'localhost' && host !== '::1' && !host.startsWith('127.');
}

const openWarning = 'everybody who reaches this port can use this server: no key is set';
const openMend = ({ port }: Pick<Listener, 'port'>): string =>
  `${ctlName} keys create NAME   (or FISH_API_KEY=..., or FISH_LISTEN=127.0.0.1:${port} for this machine alone)`;

/** Says on stderr where it listens; in the log too where everybody may come in. */
export function greet(
  config: Config,
  listener: Pick<Listener, 'host' | 'port'>,
  voice: string,
  needsKey: boolean,
  log: Logger,
): void {
  if (!needsKey && isPublic(listener)) log.warn(openWarning, { mend: openMend(listener) });
  process.stderr.write(greeting(config, listener, voice, needsKey));
}

/** Where it listens, what speaks, and one line that works as pasted; a warning where everybody may come in. */
function greeting(
  config: Config,
  listener: Pick<Listener, 'host' | 'port'>,
  voice: string,
  needsKey: boolean,
): string {
  const { host, port } = listener;
  const name = host === '0.0.0.0' || host === '::' ? 'localhost' : host.includes(':') ? `[${host}]` : host;
  const key = config['auth.api_key'] === '' ? '' : ` -H "Authorization: Bearer $FISH_API_KEY"`;
  const origins = originsOf(config).map(({ url }) => url);
  const source =
    chosenEngine(config) === 'fish' ? `the origin ${origins.join(', ')}` : `the embedded voice ${voice}`;
  return [
    `fish-edge listens on http://${host.includes(':') ? `[${host}]` : host}:${port} and speaks with ${source}. Try:`,
    '',
    `  curl http://${name}:${port}/v1/audio/speech${key} -H 'Content-Type: application/json' \\`,
    `    -d '{"input":"Hello! It is half past nine, and the sea is calm.","response_format":"wav"}' -o hello.wav`,
    '',
    ...(needsKey || !isPublic(listener)
      ? []
      : [`WARNING: ${openWarning}. Mend it with:`, '', `  ${openMend(listener)}`, '']),
  ].join('\n');
}
