import { existsSync, readFileSync, statSync } from 'node:fs';
import type { Config } from '../config/config.ts';
import { ConfigError, loadConfig } from '../config/load.ts';
import type { ServerFlags } from './flags.ts';

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
