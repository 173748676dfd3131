import { localHash } from '../../src/adapters/local/local.ts';
import { wasmLoader } from '../../src/adapters/local/wasm.ts';
import { createOpenaiModel } from '../../src/conversation/model/openai-model.ts';
import type { Engine, PcmStream } from '../../src/core/engine.ts';
import type { Clock } from '../../src/core/ports.ts';
import type { SpeechRequest } from '../../src/core/request.ts';
import { resolveVoice, type Voice } from '../../src/core/voices.ts';
import type { RateLimitOptions } from '../../src/http/middleware/rate-limit.ts';
import type { HttpDialect } from '../../src/http/options.ts';
import { Receiving } from '../../src/http/receiving.ts';
import { Sessions } from '../../src/live/sessions.ts';
import { createRouter } from '../../src/router.ts';
import { createCustomVoices } from '../../src/services/custom-voices.ts';
import { createKeyRing } from '../../src/services/keys.ts';
import { createDictionary } from '../../src/services/pronunciations.ts';
import { createUsageBook } from '../../src/services/usage.ts';
import { createVoiceRevisions } from '../../src/services/voice-revisions.ts';
import { ClientShares } from '../../src/speech/client-shares.ts';
import { createMemoryState } from '../../src/state/memory.ts';
import { limits } from './limits.ts';

export const rate = 24_000;
const second = 1000;

export interface SpeechServer {
  readonly opened: readonly SpeechRequest[];
  readonly logs: readonly Record<string, unknown>[];
  readonly clock: HandClock;
  /** @param peer the address at the other end of the socket */
  post(path: string, body: unknown, headers?: Record<string, string>, peer?: string): Promise<Response>;
  send(request: Request): Promise<Response>;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  readonly routes: readonly { readonly method: string; readonly path: string }[];
  /** From now on nothing new is taken. */
  drain(): void;
}

/** Time that only the test moves; a turn of the event loop takes none. */
class HandClock implements Clock {
  #time = 0;
  readonly #began = Date.now();
  readonly #alarms = new Set<{ at: number; ring: () => void }>();

  now(): number {
    return this.#time;
  }

  wallNow(): number {
    return this.#began + this.#time;
  }

  alarm(ms: number, ring: () => void): () => void {
    if (ms === 0) {
      const turn = setImmediate(ring);
      return () => clearImmediate(turn);
    }
    const alarm = { at: this.#time + ms, ring };
    this.#alarms.add(alarm);
    return () => this.#alarms.delete(alarm);
  }

  advance(ms: number): void {
    this.#time += ms;
    for (const alarm of [...this.#alarms]) {
      if (alarm.at <= this.#time && this.#alarms.delete(alarm)) alarm.ring();
    }
  }
}

const voices: readonly Voice[] = [
  { id: 'anna', name: 'Anna', description: '', language: 'en-US', aliases: ['ann'] },
  { id: 'bert', name: 'Bert', description: '', language: 'de', aliases: [] },
];

/** There is no key for it. */
const modelOptions = {
  url: '',
  key: '',
  isSetUp: false,
  model: 'none',
  maxTokens: 1,
  firstTokenTimeoutMs: second,
  nextTokenTimeoutMs: second,
  totalTimeoutMs: second,
  retries: 0,
};

/** The real HTTP layer, in this process, over an engine that `speak` plays. */
export function createSpeechServer(
  speak: (request: SpeechRequest) => Partial<PcmStream> & Pick<PcmStream, 'body'> = () => ({
    body: tone(0.1),
  }),
  more: Partial<Engine> = {},
  {
    apiKey = '',
    dialects,
    rates,
    maxReferenceBytes = limits.maxReferenceBytes,
  }: {
    apiKey?: string;
    dialects?: readonly HttpDialect[];
    rates?: RateLimitOptions;
    maxReferenceBytes?: number;
  } = {},
): SpeechServer {
  const opened: SpeechRequest[] = [];
  const logs: Record<string, unknown>[] = [];
  const clock = new HandClock();
  const engine: Engine = {
    id: 'fake',
    voices: async () => voices,
    async open(request) {
      resolveVoice(request.voice, voices);
      opened.push(request);
      return { rate, channels: 1, engine: 'fake', ...speak(request) };
    },
    ...more,
  };
  const write = (message: string, fields?: object): void => void logs.push({ message, ...fields });
  const state = createMemoryState({ maxBytes: 1e6 }, clock);
  const sharesOf = (what: string): ClientShares =>
    new ClientShares({ what, rule: { max: 10, percent: 50 } }, () => clock.now());
  let accepting = true;
  const http = createRouter(
    {
      engine,
      ports: { wasm: wasmLoader(), createHash: localHash, clock },
      model: createOpenaiModel(modelOptions, { fetch: (url, init) => fetch(url, init), clock }),
      state,
      revisions: createVoiceRevisions(state.records),
      live: new Sessions({ shares: sharesOf('sockets'), idleMs: 60 * second }),
      streams: sharesOf('streams'),
      usage: createUsageBook(state.records, { clock }),
      dictionary: createDictionary({
        records: state.records,
        share: { max: 100, percent: 50 },
        voices: async () => voices,
        clock,
      }),
      voices: createCustomVoices({ state, engine, ports: { clock }, rules: { max: 100, maxPerKey: 10 } }),
      links: { maxAgeMs: 60 * second, secret: 'of the tests' },
      receiptMaxAgeMs: 60 * second,
      log: { debug: write, info: write, warn: write, error: write },
      keys: createKeyRing({ apiKey, clock, onProblem: () => {} }),
      rates,
      trustedProxies: [],
      readTimeout: second,
      writeTimeout: 60 * second,
      limits: { ...limits, maxReferenceBytes },
      receiving: new Receiving({ maxBytes: 1e8, maxBody: 1e6, now: () => clock.now() }),
      accepting: () => accepting,
      onEnd: () => {},
    },
    dialects,
  );
  return {
    opened,
    logs,
    clock,
    routes: http.routes,
    drain() {
      accepting = false;
    },
    async post(path, body, headers = {}, peer) {
      const isRaw = typeof body === 'string' || body instanceof Uint8Array || body instanceof ReadableStream;
      const init = {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: isRaw ? (body as BodyInit) : JSON.stringify(body),
        ...(body instanceof ReadableStream && { duplex: 'half' as const }),
      };
      return http.request(path, init, { peer });
    },
    send: async (request) => http.request(request),
    get: async (path, headers = {}) => http.request(new Request(`http://localhost${path}`, { headers })),
  };
}

/** PCM of a sawtooth in chunks of a tenth of a second; `then` runs behind the last one. */
export function tone(
  seconds: number,
  then: () => void | Promise<void> = () => {},
): ReadableStream<Uint8Array> {
  const chunks = Math.round(seconds * 10);
  let made = 0;
  return new ReadableStream(
    {
      async pull(controller) {
        if (made === chunks) {
          await then();
          controller.close();
          return;
        }
        made += 1;
        controller.enqueue(
          new Uint8Array(Int16Array.from({ length: rate / 10 }, (_, i) => (i % 100) * 200).buffer),
        );
      },
    },
    { highWaterMark: 0 },
  );
}

/** The events of a stream, each with its name and parsed data; comments as text. */
export function parseEvents(
  text: string,
): { name: string; data: Record<string, unknown>; comment: string }[] {
  return text
    .split('\n\n')
    .filter((block) => block !== '')
    .map((block) => {
      const lines = block.split('\n');
      const field = (name: string): string =>
        lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2) ?? '';
      return { name: field('event'), data: JSON.parse(field('data') || '{}'), comment: field('') };
    });
}
