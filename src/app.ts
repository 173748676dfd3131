import { conversationOf, modelOf } from './app-conversation.ts';
import {
  adminOf,
  customVoicesOf,
  dictionaryOf,
  httpSettings,
  keysOf,
  loggerOf,
  type Now,
  outsideOf,
  randomSecret,
  ratesOf,
  receivingOf,
  sessionsOf,
  streamsOf,
} from './app-settings.ts';
import type { Config } from './config/config.ts';
import { ConfigError, loadConfig } from './config/config.ts';
import { reloadedConfig } from './config/reload.ts';
import type { Engine } from './core/engine.ts';
import { SpeechFailure } from './core/errors.ts';
import type { Ports } from './core/ports.ts';
import { buildEngine } from './engine/compose.ts';
import type { HttpOptions } from './http/options.ts';
import { createRouter } from './router.ts';
import { createKeyRing, type KeyRing } from './services/keys.ts';
import { createUsageBook } from './services/usage.ts';
import { createVoiceRevisions } from './services/voice-revisions.ts';
import { createLogger, type Logger } from './telemetry/log.ts';
import type { Gauges } from './telemetry/samples.ts';
import { createTelemetry } from './telemetry/telemetry.ts';

/** The server without a socket: an adapter feeds it requests. */
export interface App {
  readonly log: Logger;
  /** `peer` is the address at the other end of the socket. */
  fetch(request: Request, peer?: string): Promise<Response>;
  /**
   * Takes over what of another configuration holds without a restart (`isReloaded`); speech that runs goes on.
   * @throws ConfigError for one that cannot be used, and changes nothing
   */
  reload(config: Config): Promise<void>;
  /** Loads the voice, so that the first request need not wait for it. */
  warm(): Promise<void>;
  /** Requests whose answer has not ended. */
  active(): number;
  /** Refuses new requests from now on. */
  drain(): void;
  /** Stops workers and whatever else the engine holds. */
  close(): Promise<void>;
}

/** @param makeEngine What speaks; by default what the settings name. */
export function createApp(given: Config, ports: Ports, makeEngine: typeof buildEngine = buildEngine): App {
  let config = given;
  const now = (): Config => config;
  const log = loggerOf(now, ports);
  const engine = makeEngine(config, ports, log);
  const { transcription, listening, model } = conversationOf(config, ports);
  const parts = partsOf(now, ports, engine, log);
  let keys = keysOf(config, ports, log);
  let receiving = receivingOf(config, ports);
  let active = 0;
  let accepting = true;
  const gauges = gaugesOf(parts, engine, () => active);
  const usual: Omit<HttpOptions, Reloaded> = {
    ...parts,
    engine,
    log,
    telemetry: telemetryOf(config, ports, gauges, log),
    ports: {
      ...ports,
      decodeOutside: outsideOf(config, ports),
      readPage: config['server.ui'] ? ports.readPage : undefined,
    },
    transcription,
    listening,
    model,
    keys: ringOf(() => keys),
    rates: ratesOf(now, ports),
    accepting: () => accepting,
    onEnd: () => {
      active--;
    },
  };
  const secret = randomSecret();
  const pulls: Parameters<typeof adminOf>[2] = new Set();
  const route = (): ReturnType<typeof createRouter> => {
    const admin = adminOf(config, ports, pulls);
    return createRouter({ ...usual, ...httpSettings(config, secret), admin, receiving });
  };
  let http = route();
  return {
    log,
    async fetch(request, peer) {
      active++;
      const came = ports.clock.now();
      return http.fetch(request, { peer, came });
    },
    async reload(asked) {
      const next = reloadedConfig(config, asked);
      const ring = hasOtherKeys(config, next) ? keysOf(next, ports, log) : keys;
      if ((await ring.isOpen()) && !(await keys.isOpen())) throw new ConfigError([wouldOpen]);
      const hasOtherRoom = next['limits.max_receiving'] !== config['limits.max_receiving'];
      engine.reload(next);
      [config, keys] = [next, ring];
      if (hasOtherRoom) receiving = receivingOf(config, ports);
      http = route();
    },
    async warm() {
      await Promise.all([engine.warm?.(), model.warm()]);
    },
    active: () => active,
    drain() {
      accepting = false;
      parts.live.drain();
    },
    async close() {
      await engine.close?.();
      await listening?.close();
      await transcription?.close();
      await ports.state.close();
      await ports.telemetryExport?.close();
    },
  };
}

/** Half of a file that is just being written has no key. */
const wouldOpen = 'auth: without its keys the server would be open to everybody, which needs a restart';

/**
 * An app that was set up wrongly where there is no process to refuse to start: it logs each problem once, and answers 503
 * with a fixed message.
 */
export function createMisconfiguredApp(problems: readonly string[], ports: Ports): App {
  const log = createLogger({ level: 'info', format: 'json', write: ports.writeLog, clock: ports.clock });
  for (const problem of problems) log.error('wrong setting', { problem });
  const refuse = (): never => {
    throw new SpeechFailure({ code: 'engine_unavailable', message: 'The server is not set up correctly.' });
  };
  const engine: Engine = { id: 'none', voices: async () => [], open: async () => refuse() };
  const defaults = loadConfig({ flags: {}, env: {} });
  const keys = createKeyRing({ apiKey: '', clock: ports.clock, onProblem: () => {} });
  const http = createRouter({
    ...partsOf(() => defaults, ports, engine, log),
    ...httpSettings(defaults, randomSecret()),
    receiving: receivingOf(defaults, ports),
    engine,
    log,
    ports,
    model: modelOf(defaults, ports),
    keys,
    rates: undefined,
    accepting: refuse,
    onEnd: () => {},
  });
  const nothing = async (): Promise<void> => {};
  return {
    log,
    fetch: async (request) => http.fetch(request),
    reload: nothing,
    warm: nothing,
    active: () => 0,
    drain() {},
    close: nothing,
  };
}

/** Settings of the routes that become others without a restart. */
type Reloaded = keyof ReturnType<typeof httpSettings> | 'admin' | 'receiving';

type Parts = Pick<
  HttpOptions,
  'live' | 'streams' | 'state' | 'revisions' | 'usage' | 'dictionary' | 'voices'
>;

/** What the routes work with, whether or not the app is set up rightly. */
function partsOf(now: Now, ports: Ports, engine: Engine, log: Logger): Parts {
  const { state } = ports;
  return {
    live: sessionsOf(now, ports),
    streams: streamsOf(now, ports),
    state,
    revisions: createVoiceRevisions(state.records),
    usage: createUsageBook(state.records, ports),
    dictionary: dictionaryOf(now, ports, engine),
    voices: customVoicesOf(now, ports, engine, log),
  };
}

function gaugesOf({ live, streams, voices }: Parts, engine: Engine, active: () => number): Gauges {
  return {
    active,
    streams: () => streams.total,
    sockets: () => live.size,
    load: () => engine.load?.(),
    customVoices: () => voices.count().catch(() => 0),
  };
}

function telemetryOf(config: Config, ports: Ports, gauges: Gauges, log: Logger): HttpOptions['telemetry'] {
  if (config['otel.endpoint'] !== '' && !ports.telemetryExport)
    log.warn('this runtime sends nothing to a collector of OpenTelemetry', { setting: 'otel.endpoint' });
  return createTelemetry({ ...ports, hasMetrics: config['metrics.enabled'], gauges });
}

/** Whoever has a socket open asks this ring again, and may have come before the keys that hold now. */
function ringOf(keys: () => KeyRing): KeyRing {
  return {
    isOpen: () => keys().isOpen(),
    find: (token) => keys().find(token),
    named: (name) => keys().named(name),
    reread: () => keys().reread(),
  };
}

function hasOtherKeys(before: Config, after: Config): boolean {
  return (['auth.api_key', 'auth.keys'] as const).some((name) => before[name] !== after[name]);
}
