import module from 'node:module';
import type { Listener } from '../adapters/local/local.ts';
import { localClock, localPorts, writeLog } from '../adapters/local/local.ts';
import { openState } from '../adapters/local/state-local.ts';
import { type App, createApp } from '../app.ts';
import type { Config } from '../config/config.ts';
import { ConfigError, originsOf, strangeVariables } from '../config/config.ts';
import type { Ports, Relay } from '../core/ports.ts';
import { version } from '../core/version.ts';
import { createRelay, RELAY_AHEAD_BYTES } from '../stream/pass-through.ts';
import { sizedReader } from '../stream/pull.ts';
import { createLogger, describe, type Logger } from '../telemetry/log.ts';
import { adminPorts } from './admin-ports.ts';
import { backgroundTuning, logChoice } from './default-voice.ts';
import { configReport, parseServerFlags, readSettings, serverHelp } from './flags.ts';
import { catchStrays, greet, reloadOnHangup, stopOnSignals } from './lifecycle.ts';
import { PackFailure } from './models/failure.ts';
import { openTelemetryOf } from './open-telemetry.ts';
import { prepareKeys, prepareVoice } from './prepare.ts';
import type { Child } from './processes/child.ts';
import { roleVariable } from './processes/messages.ts';

async function serve(argv: readonly string[]): Promise<void> {
  const parsed = parseServerFlags(argv);
  if (parsed.command === 'help') return void process.stdout.write(serverHelp());
  if (parsed.command === 'version') return void process.stdout.write(`fish-server ${version}\n`);
  for (const strange of strangeVariables(process.env)) process.stderr.write(`fish-server: ${strange}\n`);
  if (parsed.command === 'config')
    return void process.stdout.write(`${await configReport(parsed, process.env)}\n`);
  const child = process.env[roleVariable]
    ? (await import('./processes/child.ts')).childOf(process.env)
    : undefined;
  const read = async (): Promise<Config> => {
    const config = await readSettings(parsed, process.env);
    return child ? child.adapt(config) : config;
  };
  const config = await read();
  const log = loggerOf(config);
  catchStrays(log);
  if (config['server.processes'] > 1 && !child)
    return (await import('./processes/run.ts')).runProcesses(config, log);
  await serveHere(config, read, child);
}

async function serveHere(
  config: Config,
  read: () => Promise<Config>,
  child: Child | undefined,
): Promise<void> {
  const { dataDir, voice, tuned } = await prepareVoice(config);
  const { chosen } = tuned;
  const runtime = await thisRuntime();
  const state = await openState({ dataDir, config, clock: localClock, writeLog });
  const { keysPath, needsKey } = await prepareKeys(config, dataDir); // after the state: what both need is missed there first
  const fetch = runtime.fetch(config);
  const app = createApp(
    {
      ...config,
      'onnx.voice': voice,
      ...(chosen && { 'onnx.runtime': chosen.runtime, 'onnx.threads': chosen.threads }),
    },
    {
      ...localPorts({
        dataDir,
        keysFile: keysPath,
        fetch,
        relay: runtime.relay({ readerMs: config['server.write_timeout'] }),
        state,
        telemetryExport: await openTelemetryOf(config, fetch),
        otherProcesses: child?.others,
        processes: config['server.processes'],
      }),
      ...adminPorts(dataDir, keysPath),
    },
  );
  const listener = await runtime.serve(app, config);
  if (chosen) logChoice(app, chosen);
  const isFirst = child === undefined || child.index === 0;
  const tuning = tuned.isUnmeasured && isFirst ? backgroundTuning(app, config, dataDir) : undefined;
  const close = async (): Promise<void> => {
    await tuning?.stop();
    await app.close();
  };
  stopOnSignals({ ...app, close }, listener, config['server.shutdown_timeout'], child);
  reloadOnHangup(app, config, read);
  if (!child) greet(config, listener, voice, needsKey, app.log);
  if (child && !child.isReplacement) child.ready(listener.port);
  module.flushCompileCache?.(); // a server seldom ends in a way that would write it
  if (config['onnx.prewarm'])
    await app
      .warm()
      .catch((error) => app.log.error('the voice cannot be loaded', { cause: describe(error) }));
  if (child?.isReplacement) child.ready(listener.port);
  if (config['onnx.prewarm']) await tuning?.begin();
}

function loggerOf(config: Config): Logger {
  const { 'logging.level': level, 'logging.format': format } = config;
  return createLogger({ level, format, write: writeLog, clock: localClock });
}

interface Runtime {
  fetch(config: Config): Ports['fetch'];
  relay(limits: { readonly readerMs: number }): Relay;
  serve(app: App, config: Config): Promise<Listener>;
}

/** What is particular to the runtime that runs this. */
export async function thisRuntime(): Promise<Runtime> {
  if ('Bun' in globalThis) {
    const { bunFetch, fewerRequestsThan, RELAY_AHEAD_OF_BUN_BYTES, serveBun } = await import(
      '../adapters/bun/server.ts'
    );
    const fetch: Runtime['fetch'] = (config) => {
      const slots = originsOf(config).reduce((sum, origin) => sum + origin.slots, 0);
      const warning = fewerRequestsThan(slots);
      if (warning) process.stderr.write(`fish-server: ${warning}\n`);
      return bunFetch;
    };
    const relay: Runtime['relay'] = (limits) => createRelay(localClock, limits, RELAY_AHEAD_OF_BUN_BYTES);
    return { fetch, relay, serve: serveBun };
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

/** What is written for whoever reads it stands for itself. */
function plain(error: unknown): string {
  return error instanceof PackFailure ? error.message : describe(error);
}

/** `fish-server`: serves until a signal, or says in one line each what is wrong and exits 1. */
export async function main(argv: readonly string[]): Promise<void> {
  try {
    await serve(argv);
  } catch (error) {
    const problems = error instanceof ConfigError ? error.problems : [plain(error)];
    for (const problem of problems) process.stderr.write(`fish-server: ${problem}\n`);
    process.exit(1);
  }
}
