import { localClock, localPorts } from '../../adapters/local/local.ts';
import { dataFolder } from '../../adapters/local/packs.ts';
import { createApp } from '../../app.ts';
import { loadConfig } from '../../config/config.ts';
import { createMemoryState } from '../../state/memory.ts';
import { ensureVoice } from '../voice.ts';

export interface LocalServer {
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  close(): Promise<void>;
}

/** More than one speech is never kept. */
const STATE_BYTES = 1024 * 1024;

/**
 * The server inside of this process, without a port: the embedded voice as the user's settings have it, without anything that is shared
 * with others (keys, limits, kept speech, other servers). @throws ConfigError
 */
export async function openLocalServer(env: NodeJS.ProcessEnv): Promise<LocalServer> {
  const named = Object.entries(env).filter(([name]) => /^FISH_(?:VOICE|ONNX_|DATA_DIR$)/.test(name));
  const flags = { engine: 'onnx', tune: 'false', 'log-level': 'error' };
  const config = loadConfig({ flags, env: Object.fromEntries(named) });
  const dataDir = dataFolder(config['onnx.data_dir']);
  const voice = await ensureVoice(dataDir, config['onnx.voice']);
  const ports = localPorts({
    dataDir,
    keysFile: '',
    fetch: (url, init) => fetch(url, init),
    state: createMemoryState({ maxBytes: STATE_BYTES }, localClock),
  });
  const app = createApp(
    { ...config, 'onnx.voice': voice },
    { ...ports, readKeys: async () => undefined, writeLog: () => {} },
  );
  return {
    fetch: (url, init) => app.fetch(new Request(url, init), '127.0.0.1'),
    close: () => app.close(),
  };
}
