import type { Config } from './config/config.ts';
import { loadConfig } from './config/load.ts';
import { buildEngine } from './engine/build.ts';
import type { Engine } from './engine/engine.ts';
import { createHttp } from './http/app.ts';
import type { HttpOptions } from './http/options.ts';
import type { Ports } from './ports.ts';
import { SpeechFailure } from './speech/errors.ts';
import { createLogger, type Logger } from './telemetry/log.ts';

/** The server without a socket: an adapter feeds it requests. */
export interface App {
  readonly log: Logger;
  /** `peer` is the address at the other end of the socket. */
  fetch(request: Request, peer?: string): Promise<Response>;
  /** Loads the voice, so that the first request need not wait for it. */
  warm(): Promise<void>;
  /** Requests whose answer has not ended. */
  active(): number;
  /** Refuses new requests from now on. */
  drain(): void;
  /** Stops workers and whatever else the engine holds. */
  close(): Promise<void>;
}

export function createApp(config: Config, ports: Ports): App {
  const log = createLogger({
    level: config['logging.level'],
    format: config['logging.format'],
    write: ports.writeLog,
  });
  const engine = buildEngine(config, ports);
  let active = 0;
  let accepting = true;
  const http = createHttp({
    engine,
    log,
    ports,
    ...httpSettings(config),
    accepting: () => accepting,
    onEnd: () => {
      active--;
    },
  });
  return {
    log,
    async fetch(request, peer) {
      active++;
      return http.fetch(request, { peer });
    },
    warm: async () => engine.warm?.(),
    active: () => active,
    drain() {
      accepting = false;
    },
    close: async () => engine.close?.(),
  };
}

/**
 * An app that was set up wrongly where there is no process to refuse to start: it logs each problem once, and answers 503
 * with a fixed message.
 */
export function createMisconfiguredApp(problems: readonly string[], ports: Ports): App {
  const log = createLogger({ level: 'info', format: 'json', write: ports.writeLog });
  for (const problem of problems) log.error('wrong setting', { problem });
  const refuse = (): never => {
    throw new SpeechFailure({ code: 'engine_unavailable', message: 'The server is not set up correctly.' });
  };
  const engine: Engine = { id: 'none', voices: async () => [], open: async () => refuse() };
  const settings = httpSettings(loadConfig({ flags: {}, env: {} }));
  const http = createHttp({ engine, log, ports, ...settings, accepting: refuse, onEnd: () => {} });
  const nothing = async (): Promise<void> => {};
  return {
    log,
    fetch: async (request) => http.fetch(request),
    warm: nothing,
    active: () => 0,
    drain() {},
    close: nothing,
  };
}

function httpSettings(
  config: Config,
): Pick<HttpOptions, 'apiKey' | 'readTimeout' | 'writeTimeout' | 'limits'> {
  return {
    apiKey: config['auth.api_key'],
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
