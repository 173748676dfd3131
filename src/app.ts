import { conversationOf, modelOf } from './app-conversation.ts';
import type { Config } from './config/config.ts';
import { ConfigError, loadConfig } from './config/config.ts';
import type { Engine } from './core/engine.ts';
import { SpeechFailure } from './core/errors.ts';
import type { Ports } from './core/ports.ts';
import { buildEngine } from './engine/compose.ts';
import type { HttpOptions } from './http/options.ts';
import { Receiving } from './http/receiving.ts';
import { Sessions } from './live/sessions.ts';
import { createRouter } from './router.ts';
import { type CustomVoices, createCustomVoices, type VoiceAudit } from './services/custom-voices.ts';
import { createKeyRing, type KeyRing, parseKeys } from './services/keys.ts';
import { createDictionary, type Dictionary } from './services/pronunciations.ts';
import { createUsageBook } from './services/usage.ts';
import { createVoiceRevisions } from './services/voice-revisions.ts';
import { ClientShares } from './speech/client-shares.ts';
import { createLogger, type Logger } from './telemetry/log.ts';
import type { Gauges } from './telemetry/samples.ts';
import { createTelemetry } from './telemetry/telemetry.ts';

/** The server without a socket: an adapter feeds it requests. */
export interface App {
  readonly log: Logger;
  /** `peer` is the address at the other end of the socket. */
  fetch(request: Request, peer?: string): Promise<Response>;
  /** Takes over the origins of another configuration; everything else stays until a restart. */
  reload(config: Config): void;
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
export function createApp(config: Config, ports: Ports, makeEngine: typeof buildEngine = buildEngine): App {
  const log = createLogger({
    level: config['logging.level'],
    format: config['logging.format'],
    write: ports.writeLog,
    clock: ports.clock,
  });
  const engine = makeEngine(config, ports, log);
  const { transcription, listening, model } = conversationOf(config, ports);
  const live = sessionsOf(config, ports);
  const streams = streamsOf(config, ports);
  const voices = customVoicesOf(config, ports, engine, log);
  let active = 0;
  let accepting = true;
  const gauges: Gauges = {
    active: () => active,
    streams: () => streams.total,
    sockets: () => live.size,
    load: () => engine.load?.(),
    customVoices: () => voices.count().catch(() => 0),
  };
  const http = createRouter({
    engine,
    log,
    telemetry: createTelemetry({ ...ports, hasMetrics: config['metrics.enabled'], gauges }),
    ports: {
      ...ports,
      decodeOutside: outsideOf(config, ports),
      readPage: config['server.ui'] ? ports.readPage : undefined,
    },
    ...httpSettings(config),
    receiving: receivingOf(config, ports),
    transcription,
    listening,
    model,
    live,
    streams,
    keys: keysOf(config, ports, log),
    rates: ratesOf(config, ports),
    state: ports.state,
    revisions: createVoiceRevisions(ports.state.records),
    usage: createUsageBook(ports.state.records, ports),
    dictionary: dictionaryOf(config, ports, engine),
    voices,
    accepting: () => accepting,
    onEnd: () => {
      active--;
    },
  });
  return {
    log,
    async fetch(request, peer) {
      active++;
      const came = ports.clock.now();
      return http.fetch(request, { peer, came });
    },
    reload: (next) => engine.reload(next),
    async warm() {
      await Promise.all([engine.warm?.(), model.warm()]);
    },
    active: () => active,
    drain() {
      accepting = false;
      live.drain();
    },
    async close() {
      await engine.close?.();
      await listening?.close();
      await transcription?.close();
      await ports.state.close();
    },
  };
}

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
  const settings = httpSettings(defaults);
  const keys = createKeyRing({ apiKey: '', clock: ports.clock, onProblem: () => {} });
  const http = createRouter({
    engine,
    log,
    ports,
    ...settings,
    receiving: receivingOf(defaults, ports),
    model: modelOf(defaults, ports),
    live: sessionsOf(defaults, ports),
    streams: streamsOf(defaults, ports),
    keys,
    rates: undefined,
    state: ports.state,
    revisions: createVoiceRevisions(ports.state.records),
    usage: createUsageBook(ports.state.records, ports),
    dictionary: dictionaryOf(defaults, ports, engine),
    voices: customVoicesOf(defaults, ports, engine, log),
    accepting: refuse,
    onEnd: () => {},
  });
  const nothing = async (): Promise<void> => {};
  return {
    log,
    fetch: async (request) => http.fetch(request),
    reload() {},
    warm: nothing,
    active: () => 0,
    drain() {},
    close: nothing,
  };
}

/** On Workers a request may end without a word: what it held is free again after these times. */
const FORGOTTEN_STREAM_MS = 15 * 60_000;
const FORGOTTEN_SOCKET_MS = 60 * 60_000;

function outsideOf(config: Config, { decodeOutside }: Ports): Ports['decodeOutside'] {
  return config['transcription.ffmpeg'] === 'auto' ? decodeOutside : undefined;
}

function sessionsOf(config: Config, { clock, background }: Ports): Sessions {
  const rule = { max: config['live.max_sockets'], percent: config['limits.client_share'] };
  const forgetMs = background && FORGOTTEN_SOCKET_MS;
  const shares = new ClientShares({ what: 'sockets', ...rule, forgetMs }, clock.now);
  return new Sessions({ shares, idleMs: config['live.idle_timeout'] });
}

function streamsOf(config: Config, { clock, background }: Ports): ClientShares {
  const rule = { max: config['limits.max_streams'], percent: config['limits.client_share'] };
  const forgetMs = background && FORGOTTEN_STREAM_MS;
  return new ClientShares({ what: 'streams', ...rule, forgetMs }, clock.now);
}

function dictionaryOf(config: Config, { state, clock }: Ports, engine: Engine): Dictionary {
  const share = { max: config['limits.max_pronunciations'], percent: config['limits.client_share'] };
  return createDictionary({ records: state.records, share, voices: () => engine.voices(), clock });
}

function customVoicesOf(config: Config, ports: Ports, engine: Engine, log: Logger): CustomVoices {
  const rules = { max: config['voices.max'], maxPerKey: config['voices.max_per_key'] };
  const onChange = ({ action, ...what }: VoiceAudit): void => {
    log.info('audit', { action: `voice.${action}`, ...what });
  };
  return createCustomVoices({ state: ports.state, engine, ports, rules, onChange });
}

function receivingOf(config: Config, { clock }: Ports): Receiving {
  const maxBytes = Math.max(config['limits.max_receiving'], 2 * config['limits.max_body']); // room for one, and for others
  return new Receiving({ maxBytes, maxBody: config['limits.max_body'], now: clock.now });
}

function keysOf(config: Config, ports: Ports, log: Logger): KeyRing {
  const text = config['auth.keys'];
  try {
    parseKeys(text);
  } catch (error) {
    throw new ConfigError([`auth.keys (FISH_KEYS): ${(error as Error).message}`]);
  }
  return createKeyRing({
    apiKey: config['auth.api_key'],
    read: text === '' ? ports.readKeys : async () => text,
    clock: ports.clock,
    onProblem: (problem) => log.error('the keys cannot be read', { problem }),
    onChange: ({ action, name }) => log.info('audit', { action: `key.${action}`, name }),
  });
}

function ratesOf(config: Config, { clock, state: { rates: store } }: Ports): HttpOptions['rates'] {
  const { perMinute, sparesLoopback } = config['limits.rate'];
  if (!store.abilities.atomic)
    throw new ConfigError(['state.store: rate limits need a store that counts atomically']);
  return { store, clock, requests: perMinute, characters: config['limits.rate_characters'], sparesLoopback };
}

function httpSettings(
  config: Config,
): Pick<
  HttpOptions,
  | 'trustedProxies'
  | 'links'
  | 'receiptMaxAgeMs'
  | 'readTimeout'
  | 'writeTimeout'
  | 'limits'
  | 'strictErrors'
  | 'corsOrigins'
  | 'openVoices'
  | 'openMetrics'
  | 'hasOpenapi'
  | 'hasDocsPage'
> {
  return {
    strictErrors: config['fish.strict_errors'] === 'upstream',
    trustedProxies: config['server.trusted_proxies'],
    corsOrigins: config['server.cors_origins'],
    openVoices: config['auth.open_voices'],
    openMetrics: config['metrics.open'],
    hasOpenapi: config['openapi.enabled'],
    hasDocsPage: config['openapi.page'],
    receiptMaxAgeMs: config['voices.receipt_max_age'],
    links: { maxAgeMs: config['links.max_age'], secret: config['links.secret'] },
    readTimeout: config['server.read_timeout'],
    writeTimeout: config['server.write_timeout'],
    limits: {
      maxTextLength: config['limits.max_text_length'],
      maxInputLength: config['limits.max_input_length'],
      chunkLengthMax: config['limits.chunk_length_max'],
      maxBody: config['limits.max_body'],
      maxReferences: config['limits.max_references'],
      maxReferenceBytes: config['limits.max_reference_bytes'],
      maxWholeAudio: config['limits.max_whole_audio'],
    },
  };
}
