import module from 'node:module';
import pack from '../../package.json' with { type: 'json' };
import type { Listener } from '../adapters/local/local.ts';
import { localClock, localPorts, writeLog } from '../adapters/local/local.ts';
import { dataFolder } from '../adapters/local/packs.ts';
import { keysFile, makePrivate, readKeysFile } from '../adapters/local/private-files.ts';
import { openState } from '../adapters/local/state-local.ts';
import { type App, createApp } from '../app.ts';
import type { Config } from '../config/config.ts';
import { ConfigError, chosenEngine, originsOf, strangeVariables } from '../config/config.ts';
import type { Ports, Relay } from '../core/ports.ts';
import { parseKeys } from '../services/keys.ts';
import { createRelay, RELAY_AHEAD_BYTES } from '../stream/pass-through.ts';
import { sizedReader } from '../stream/pull.ts';
import { createLogger, describe } from '../telemetry/log.ts';
import { backgroundTuning, logChoice, readChoice, type TunedChoice } from './default-voice.ts';
import { configReport, parseServerFlags, readSettings, serverHelp } from './flags.ts';
import {
  catchStrays,
  greeting,
  isPublic,
  openMend,
  openWarning,
  reloadOnHangup,
  stopOnSignals,
} from './lifecycle.ts';

async function serve(argv: readonly string[]): Promise<void> {
  const parsed = parseServerFlags(argv);
  if (parsed.command === 'help') return void process.stdout.write(serverHelp());
  if (parsed.command === 'version') return void process.stdout.write(`fish-server ${pack.version}\n`);
  for (const strange of strangeVariables(process.env)) process.stderr.write(`fish-server: ${strange}\n`);
  if (parsed.command === 'config')
    return void process.stdout.write(`${await configReport(parsed, process.env)}\n`);
  const config = await readSettings(parsed, process.env);
  catchStrays(
    createLogger({
      level: config['logging.level'],
      format: config['logging.format'],
      write: writeLog,
      clock: localClock,
    }),
  );
  const { dataDir, voice, tuned } = await prepareVoice(config);
  const { chosen } = tuned;
  const keysPath = keysFile(config['auth.keys_file'], dataDir);
  const runtime = await thisRuntime();
  const state = await openState({ dataDir, config, clock: localClock, writeLog });
  const hasKeys = await checkKeys(keysPath);
  const app = createApp(
    {
      ...config,
      'onnx.voice': voice,
      ...(chosen && { 'onnx.runtime': chosen.runtime, 'onnx.threads': chosen.threads }),
    },
    localPorts({
      dataDir,
      keysFile: keysPath,
      fetch: runtime.fetch(config),
      relay: runtime.relay({ readerMs: config['server.write_timeout'] }),
      state,
    }),
  );
  const listener = await runtime.serve(app, config);
  if (chosen) logChoice(app, chosen);
  const tuning = tuned.isUnmeasured ? backgroundTuning(app, config, dataDir) : undefined;
  const close = async (): Promise<void> => {
    await tuning?.stop();
    await app.close();
  };
  stopOnSignals({ ...app, close }, listener, config['server.shutdown_timeout']);
  reloadOnHangup(app, config, () => readSettings(parsed, process.env));
  const needsKey = hasKeys || config['auth.api_key'] !== '' || config['auth.keys'] !== '';
  if (!needsKey && isPublic(listener)) app.log.warn(openWarning, { mend: openMend });
  process.stderr.write(greeting(config, listener, voice, needsKey));
  module.flushCompileCache?.(); // a server seldom ends in a way that would write it
  if (!config['onnx.prewarm']) return;
  await app.warm().catch((error) => app.log.error('the voice cannot be loaded', { cause: describe(error) }));
  await tuning?.begin();
}

/** Fetches the voice when the embedded engine speaks and it is not there yet. */
async function prepareVoice(config: Config): Promise<{ dataDir: string; voice: string; tuned: TunedChoice }> {
  const dataDir = dataFolder(config['onnx.data_dir']);
  const tuned = await readChoice(config, dataDir);
  if (tuned.chosen) return { dataDir, voice: tuned.chosen.voice, tuned };
  const nothing = { isUnmeasured: false };
  if (chosenEngine(config) === 'fish') return { dataDir, voice: config['onnx.voice'], tuned: nothing }; // stands in, if it is there
  const { ensureVoice } = await import('./voice.ts');
  return { dataDir, voice: await ensureVoice(dataDir, config['onnx.voice']), tuned };
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

interface Runtime {
  fetch(config: Config): Ports['fetch'];
  relay(limits: { readonly readerMs: number }): Relay;
  serve(app: App, config: Config): Promise<Listener>;
}

/** What is particular to the runtime that runs this. */
export async function thisRuntime(): Promise<Runtime> {
  if ('Bun' in globalThis) {
    const { bunFetch, fewerRequestsThan, serveBun } = await import('../adapters/bun/server.ts');
    const fetch: Runtime['fetch'] = (config) => {
      const slots = originsOf(config).reduce((sum, origin) => sum + origin.slots, 0);
      const warning = fewerRequestsThan(slots);
      if (warning) process.stderr.write(`fish-server: ${warning}\n`);
      return bunFetch;
    };
    return { fetch, relay: (limits) => createRelay(localClock, limits), serve: serveBun };
  }
  if ('Deno' in globalThis) {
    const { serveDeno } = await import('../adapters/deno/server.ts');
    const relay: Runtime['relay'] = (limits) => createRelay(localClock, { ...limits, read: sizedReader });
    return { fetch: () => (url, init) => fetch(url, init), relay, serve: serveDeno };
  }
  const { nodeFetch } = await import('../adapters/node/fetch.ts');
  const { serveNode } = await import('../adapters/node/server.ts');
  const { createNodeRelay } = await import('../adapters/node/relay.ts');
  const relay: Runtime['relay'] = (limits) =>
    createNodeRelay(createRelay(localClock, limits), RELAY_AHEAD_BYTES);
  return { fetch: nodeFetch, relay, serve: serveNode };
}

/** `fish-server`: serves until a signal, or says in one line each what is wrong and exits 1. */
export async function main(argv: readonly string[]): Promise<void> {
  try {
    await serve(argv);
  } catch (error) {
    const problems = error instanceof ConfigError ? error.problems : [describe(error)];
    for (const problem of problems) process.stderr.write(`fish-server: ${problem}\n`);
    process.exit(1);
  }
}
