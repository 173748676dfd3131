import type { App } from '../app.ts';
import type { Config } from '../config/config.ts';
import { ConfigError, chosenEngine } from '../config/load.ts';
import { originsOf } from '../config/origins.ts';
import { describe } from '../telemetry/log.ts';

/**
 * SIGHUP reads the settings again and takes over the origins; all else stays as it was until a restart. Settings that are
 * wrong are one line in the log and change nothing.
 */
export function reloadOnHangup(app: App, current: Config, read: () => Promise<Config>): void {
  const reload = async (): Promise<void> => {
    try {
      const next = await read();
      if (chosenEngine(next) !== chosenEngine(current))
        throw new ConfigError([`engine: would be ${chosenEngine(next)} now, which needs a restart`]);
      app.reload(next);
      app.log.info('settings read again', { origins: originsOf(next).length });
    } catch (error) {
      const problem = error instanceof ConfigError ? error.problems.join('; ') : describe(error);
      app.log.error('settings are wrong and were left as they are', { problem });
    }
  };
  process.on('SIGHUP', () => void reload());
}
