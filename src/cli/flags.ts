import { existsSync, readFileSync, statSync } from 'node:fs';
import { parseArgs } from 'node:util';
import {
  type Config,
  ConfigError,
  type ConfigSources,
  explainConfig,
  loadConfig,
  settings,
} from '../config/config.ts';
import type { Setting } from '../config/values.ts';
import { misuseOf, type Options } from './usage.ts';

export interface ServerFlags {
  readonly flags: Readonly<Record<string, string | undefined>>;
  readonly config?: string | undefined;
  readonly command: 'serve' | 'help' | 'version' | 'config';
  /** For programs: of `config`. */
  readonly json: boolean;
}

/** @throws ConfigError for flags that do not exist */
export function parseServerFlags(argv: readonly string[]): ServerFlags {
  const options: Record<string, { type: 'string' | 'boolean'; short?: string }> = {
    config: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
    version: { type: 'boolean', short: 'v' },
    json: { type: 'boolean' },
    'no-ui': { type: 'boolean' },
  };
  for (const { flag } of allSettings()) if (flag !== undefined) options[flag] = { type: 'string' };
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
    const {
      config,
      help,
      version,
      json,
      'no-ui': noUi,
      ...given
    } = values as Record<string, string | undefined>;
    const flags = noUi ? { ...given, ui: 'off' } : given;
    const [word, ...rest] = positionals;
    if (rest.length > 0 || (word !== undefined && !['version', 'help', 'serve', 'config'].includes(word))) {
      throw new Error(`Unexpected argument '${rest[0] ?? word}'`);
    }
    const named = word === 'help' || word === 'version' || word === 'config' ? word : 'serve';
    const command = help ? 'help' : version ? 'version' : named;
    return { flags, config, command, json: json !== undefined };
  } catch (error) {
    throw new ConfigError([`${misuseOf(error, Object.keys(options)).message} See --help.`]);
  }
}

function allSettings(): readonly Setting<unknown>[] {
  return Object.values(settings);
}

/** For shell completion. */
export function serverOptions(): Options {
  const named = allSettings().flatMap(({ flag, about }) =>
    flag === undefined
      ? []
      : [[flag, { type: 'string', about: about.replaceAll('`', '') } as const] as const],
  );
  return { config: { type: 'string', about: 'YAML file' }, ...Object.fromEntries(named) };
}

export function serverHelp(): string {
  const rows = allSettings().map(({ flag, env, about, default: standard }) => [
    `--${flag} VALUE`,
    `${about.replaceAll('`', '')} [${env}${standard === '' ? '' : `, default ${standard}`}]`,
  ]);
  const width = Math.max(...rows.map(([flag = '']) => flag.length));
  return [
    'Usage: fish-server [serve] [flags]    start the server',
    '       fish-server config [--json]    print what every setting is and who says so, secrets hidden',
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
export async function readSettings(flags: ServerFlags, env: NodeJS.ProcessEnv): Promise<Config> {
  return loadConfig(await readSources(flags, env));
}

/** @throws ConfigError for a file that cannot be read */
async function readSources(
  { flags, config }: Pick<ServerFlags, 'flags' | 'config'>,
  env: NodeJS.ProcessEnv,
): Promise<ConfigSources> {
  const named = config ?? (env.FISH_CONFIG || undefined);
  const path = named ?? standardPlaces.find((place) => existsSync(place));
  if (path === undefined) return { flags, env };
  return { flags, env, file: { name: path, content: await readYaml(path) } };
}

/** `fish-server config`. @throws ConfigError */
export async function configReport(flags: ServerFlags, env: NodeJS.ProcessEnv): Promise<string> {
  const explained = explainConfig(await readSources(flags, env));
  const shown = explained.map(({ key, value = '(hidden)', source }) => ({ key, value, source }));
  if (flags.json) return JSON.stringify(shown, undefined, 2);
  const widths = [Math.max(...shown.map(({ key }) => key.length)), 32] as const;
  const lines = shown.map(({ key, value, source }) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return `${key.padEnd(widths[0])}  ${text.padEnd(widths[1])}  ${source}`;
  });
  return lines.join('\n');
}

async function readYaml(path: string): Promise<unknown> {
  try {
    if (statSync(path).size > MAX_FILE_BYTES) throw new Error('is larger than 1 MiB');
    const { parseYaml } = await import('./yaml.ts'); // only those who have a file pay for the parser at start
    return parseYaml(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new ConfigError([`${path}: ${(error as Error).message.split('\n')[0]}`]);
  }
}
