import type { Config } from './config/config.ts';
import { buildEngine } from './engine/build.ts';
import { createHttp } from './http/app.ts';
import type { Ports } from './ports.ts';
import { createLogger, type Logger } from './telemetry/log.ts';

/** The server without a socket: an adapter feeds it requests. */
export interface App {
  readonly log: Logger;
  fetch(request: Request): Promise<Response>;
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
    wasm: ports.wasm,
    clock: ports.clock,
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
    accepting: () => accepting,
    onEnd: () => {
      active--;
    },
  });
  return {
    log,
    async fetch(request) {
      active++;
      return http.fetch(request);
    },
    warm: async () => engine.warm?.(),
    active: () => active,
    drain() {
      accepting = false;
    },
    close: async () => engine.close?.(),
  };
}
