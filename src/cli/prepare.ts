import { dataFolder } from '../adapters/local/packs.ts';
import { keysFile, makePrivate, readKeysFile } from '../adapters/local/private-files.ts';
import { type Config, ConfigError, chosenEngine } from '../config/config.ts';
import { parseKeys } from '../services/keys.ts';
import { readChoice, type TunedChoice } from './default-voice.ts';

/** What a server speaks with. */
export interface PreparedVoice {
  readonly dataDir: string;
  readonly voice: string;
  readonly tuned: TunedChoice;
}

export interface PreparedKeys {
  readonly keysPath: string;
  /** Whether anybody needs a key. */
  readonly needsKey: boolean;
}

/** Fetches the voice when the embedded engine speaks and it is not there yet. */
export async function prepareVoice(config: Config): Promise<PreparedVoice> {
  const dataDir = dataFolder(config['onnx.data_dir']);
  const tuned = await readChoice(config, dataDir);
  if (tuned.chosen) return { dataDir, voice: tuned.chosen.voice, tuned };
  const nothing = { isUnmeasured: false };
  if (chosenEngine(config) === 'fish') return { dataDir, voice: config['onnx.voice'], tuned: nothing }; // stands in, if it is there
  const { ensureVoice } = await import('./voice.ts');
  return { dataDir, voice: await ensureVoice(dataDir, config['onnx.voice']), tuned };
}

/** @throws ConfigError for keys that cannot be read */
export async function prepareKeys(config: Config, dataDir: string): Promise<PreparedKeys> {
  const keysPath = keysFile(config['auth.keys_file'], dataDir);
  const hasKeys = await checkKeys(keysPath);
  return { keysPath, needsKey: hasKeys || config['auth.api_key'] !== '' || config['auth.keys'] !== '' };
}

/**
 * Whether there is a file of keys. While the server runs, one that becomes wrong changes nothing; at the start it is told
 * before anybody listens.
 */
async function checkKeys(path: string): Promise<boolean> {
  await makePrivate(path);
  try {
    const text = await readKeysFile(path);
    parseKeys(text ?? '');
    return text !== undefined;
  } catch (error) {
    throw new ConfigError([`auth.keys_file: ${path}: ${(error as Error).message}`]);
  }
}
