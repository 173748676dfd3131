import type { Config } from './config/config.ts';
import { ConfigError } from './config/config.ts';
import type { Engine } from './core/engine.ts';
import { toHex } from './core/hash.ts';
import type { Ports } from './core/ports.ts';
import type { AdminOptions, HttpOptions } from './http/options.ts';
import { Receiving } from './http/receiving.ts';
import { Sessions } from './live/sessions.ts';
import { type CustomVoices, createCustomVoices, type VoiceAudit } from './services/custom-voices.ts';
import { createKeyEditor } from './services/key-editor.ts';
import { createKeyRing, type KeyRing, parseKeys } from './services/keys.ts';
import { createDictionary, type Dictionary } from './services/pronunciations.ts';
import { ClientShares, type ShareRule } from './speech/client-shares.ts';
import { createLogger, type Logger } from './telemetry/log.ts';

/** Settings that may become others, each as it is when it is looked at. */
export type Now = () => Config;

/** On Workers a request may end without a word: what it held is free again after these times. */
const FORGOTTEN_STREAM_MS = 15 * 60_000;
const FORGOTTEN_SOCKET_MS = 60 * 60_000;

export function outsideOf(config: Config, { decodeOutside }: Ports): Ports['decodeOutside'] {
  return config['transcription.ffmpeg'] === 'auto' ? decodeOutside : undefined;
}

export function loggerOf(now: Now, { writeLog, clock, probe }: Ports): Logger {
  return createLogger({
    get level() {
      return now()['logging.level'];
    },
    format: now()['logging.format'],
    write: writeLog,
    clock,
    pid: probe?.pid,
  });
}

/** What clients share of what a setting bounds. */
function shareOf(
  now: Now,
  name: 'live.max_sockets' | 'limits.max_streams' | 'limits.max_pronunciations',
): ShareRule {
  return {
    get max() {
      return now()[name];
    },
    get percent() {
      return now()['limits.client_share'];
    },
  };
}

export function sessionsOf(now: Now, { clock, background }: Ports): Sessions {
  const rule = shareOf(now, 'live.max_sockets');
  const shares = new ClientShares(
    { what: 'sockets', rule, forgetMs: background && FORGOTTEN_SOCKET_MS },
    clock.now,
  );
  return new Sessions({
    shares,
    get idleMs() {
      return now()['live.idle_timeout'];
    },
  });
}

export function streamsOf(now: Now, { clock, background }: Ports): ClientShares {
  const rule = shareOf(now, 'limits.max_streams');
  return new ClientShares({ what: 'streams', rule, forgetMs: background && FORGOTTEN_STREAM_MS }, clock.now);
}

export function dictionaryOf(now: Now, { state, clock }: Ports, engine: Engine): Dictionary {
  const share = shareOf(now, 'limits.max_pronunciations');
  return createDictionary({ records: state.records, share, voices: () => engine.voices(), clock });
}

export function customVoicesOf(now: Now, ports: Ports, engine: Engine, log: Logger): CustomVoices {
  const rules = {
    get max() {
      return now()['voices.max'];
    },
    get maxPerKey() {
      return now()['voices.max_per_key'];
    },
  };
  const onChange = ({ action, ...what }: VoiceAudit): void => {
    log.info('audit', { action: `voice.${action}`, ...what });
  };
  return createCustomVoices({ state: ports.state, engine, ports, rules, onChange });
}

export function receivingOf(config: Config, { clock }: Ports): Receiving {
  const maxBytes = Math.max(config['limits.max_receiving'], 2 * config['limits.max_body']); // room for one, and for others
  return new Receiving({ maxBytes, maxBody: config['limits.max_body'], now: clock.now });
}

export function keysOf(config: Config, ports: Ports, log: Logger): KeyRing {
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
    createHash: ports.createHash,
    onProblem: (problem) => log.error('the keys cannot be read', { problem }),
    onChange: ({ action, name }) => log.info('audit', { action: `key.${action}`, name }),
  });
}

/** A document of keys that is a setting can be read, and changed where it was set. */
export function adminOf(
  config: Config,
  { readKeys, editKeys, packStore, clock }: Ports,
  pulls: AdminOptions['pulls'],
): AdminOptions {
  const text = config['auth.keys'];
  const document = text === '' ? { read: readKeys, edit: editKeys } : { read: async () => text };
  const keys = createKeyEditor(document, clock.wallNow);
  return { access: config['admin.access'], keys, packs: packStore, pulls };
}

export function ratesOf(now: Now, { clock, state: { rates: store } }: Ports): HttpOptions['rates'] {
  if (!store.abilities.atomic)
    throw new ConfigError(['state.store: rate limits need a store that counts atomically']);
  return {
    store,
    clock,
    get requests() {
      return now()['limits.rate'].perMinute;
    },
    get characters() {
      return now()['limits.rate_characters'];
    },
    get sparesLoopback() {
      return now()['limits.rate'].sparesLoopback;
    },
  };
}

const SECRET_BYTES = 32;

/** Signs addresses and receipts where no secret is set: they end with the process. */
export function randomSecret(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(SECRET_BYTES));
  return toHex(bytes);
}

export function httpSettings(
  config: Config,
  secret: string,
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
    links: { maxAgeMs: config['links.max_age'], secret: config['links.secret'] || secret },
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
