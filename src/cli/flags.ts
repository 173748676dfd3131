import { existsSync, readFileSync, statSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Config, ConfigError, loadConfig, settings } from '../config/config.ts';
import type { Setting } from '../config/values.ts';

export interface ServerFlags {
  readonly flags: Readonly<Record<string, string | undefined>>;
  readonly config?: string | undefined;
  readonly command: 'serve' | 'help' | 'version';
}

/** @throws ConfigError for flags that do not exist */
export function parseServerFlags(argv: readonly string[]): ServerFlags {
  const options: Record<string, { type: 'string' | 'boolean'; short?: string }> = {
    config: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
    version: { type: 'boolean', short: 'v' },
    'no-ui': { type: 'boolean' },
  };
  for (const { flag } of allSettings()) if (flag !== undefined) options[flag] = { type: 'string' };
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
    const { config, help, version, 'no-ui': noUi, ...given } = values as Record<string, string | undefined>;
    const flags = noUi ? { ...given, ui: 'off' } : given;
    const [word, ...rest] = positionals;
    if (rest.length > 0 || (word !== undefined && !['version', 'help', 'serve'].includes(word))) {
      throw new Error(`Unexpected argument '${rest[0] ?? word}'`);
    }
    const command = help || word === 'help' ? 'help' : version || word === 'version' ? 'version' : 'serve';
    return { flags, config, command };
  } catch (error) {
    throw new ConfigError([`${(error as Error).message.split('. ')[0]}. See --help.`]);
  }
}

function allSettings(): readonly Setting<unknown>[] {
  return Object.values(settings);
}

export function serverHelp(): string {
  const rows = allSettings().map(({ flag, env, about, default: standard }) => [
    `--${flag} VALUE`,
    `${about.replaceAll('`', '')} [${env}${standard === '' ? '' : `, default ${standard}`}]`,
  ]);
  const width = Math.max(...rows.map(([flag = '']) => flag.length));
  return [
    'Usage: fish-server [serve] [flags]    start the server',
    '       fish-server version            print the version',
    '',
    'Flags win over environment variables, those over the configuration file, that over defaults.',
    '',
    `  ${'--config FILE'.padEnd(width)}  YAML file; else FISH_CONFIG, ./config.yaml or ./configs/config.yaml`,
    ...rows.map(([flag = '', about]) => `  ${flag.padEnd(width)}  ${about}`),
    '',
  ].join('\n');
}

const standardPlaces = ['config.yaml', 'configs/config.yaml'];
const MAX_FILE_BYTES = 1024 * 1024;

/** Flags, the environment and the YAML file, as one frozen configuration. @throws ConfigError */
export async function readSettings({ flags, config }: ServerFlags, env: NodeJS.ProcessEnv): Promise<Config> {
  const named = config ?? (env.FISH_CONFIG || undefined);
  const path = named ?? standardPlaces.find((place) => existsSync(place));
  if (path === undefined) return loadConfig({ flags, env });
  return loadConfig({ flags, env, file: { name: path, content: await readYaml(path) } });
}

async function readYaml(path: string): Promise<unknown> {
  try {
    if (statSync(path).size > MAX_FILE_BYTES) throw new Error('is larger than 1 MiB');
    const { parse } = await import('yaml'); // only those who have a file pay for the parser at start
    return parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new ConfigError([`${path}: ${(error as Error).message.split('\n')[0]}`]);
  }
}
