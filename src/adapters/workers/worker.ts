import { waitUntil } from 'cloudflare:workers';
import { voicePorts } from '#voice';
import { type App, createApp, createMisconfiguredApp } from '../../app.ts';
import { ConfigError, loadConfig } from '../../config/config.ts';
import type { DataPoint, Ports, Relay, RunningHash, Socket, Upgrade } from '../../core/ports.ts';
import { createMemoryState } from '../../state/memory.ts';
import { createRelay } from '../../stream/pass-through.ts';
import { sizedReader } from '../../stream/pull.ts';
import { takeUpgrade, upgrade } from '../local/upgrades.ts';
import { isolateClock } from './clock.ts';
import { Pool } from './pool-object.ts';
import { workersState } from './state.ts';
import { wasmModules } from './wasm.ts';

/** Variables and secrets are text; bindings are objects, which no setting reads. */
type Env = Readonly<Record<string, unknown>>;

/** What an app that refuses everything may keep. */
const MISCONFIGURED_BYTES = 1024;
/** Bytes on their way of the 128 MB that an isolate has. */
const MAX_RECEIVING_BYTES = 64 * 2 ** 20;
/** What is read of a body that was refused unread, and for how long. */
const DRAIN_BYTES = 16 * 2 ** 20;
const DRAIN_MS = 1000;

/**
 * A layer of JavaScript like that of other runtimes, because workerd's own pipe tells nothing: not that an origin fell silent, nor how
 * much it gave. Read in pieces of up to 64 KiB it costs little more than the pipe; by default workerd reads 4 KiB.
 */
const relay: Relay = createRelay(isolateClock, { read: sizedReader });

const ports: Ports = {
  fetch: (input, init) => fetch(input, init),
  clock: isolateClock,
  wasm: async (name) => wasmModules[name],
  createHash: workersHash,
  relay,
  sizedReads: true,
  upgrade,
  state: createMemoryState({ maxBytes: MISCONFIGURED_BYTES }, isolateClock),
  background: (work) => waitUntil(work.catch(() => {})),
  probe: { runtime: 'workerd', isOneOfMany: true },
  writeLog: (line) => console.log(line),
};

/** Workers Analytics Engine (developers.cloudflare.com/analytics/analytics-engine), where it is bound. */
function pointWriter({ METRICS }: Env): Ports['writePoint'] {
  const dataset = METRICS as { writeDataPoint?: (point: DataPoint) => void } | undefined;
  return dataset?.writeDataPoint && ((point) => dataset.writeDataPoint?.(point));
}

/** What only Workers have (developers.cloudflare.com/workers/runtime-apis/web-crypto, DigestStream). */
const { DigestStream } = crypto as unknown as {
  readonly DigestStream: new (
    algorithm: string,
  ) => WritableStream<Uint8Array> & { readonly digest: Promise<ArrayBuffer> };
};

function workersHash(): RunningHash {
  const stream = new DigestStream('SHA-256');
  const writer = stream.getWriter();
  return {
    update: (bytes) => writer.write(bytes),
    async digest() {
      await writer.close();
      return new Uint8Array(await stream.digest);
    },
  };
}

let app: App | undefined;

/** One app for each isolate; the environment of an isolate never changes. */
function appOf(env: Env): App {
  if (app) return app;
  try {
    const asked = loadConfig({ flags: {}, env: textsOf(env) });
    const receiving = Math.min(asked['limits.max_receiving'], MAX_RECEIVING_BYTES);
    const config = { ...asked, 'limits.max_receiving': receiving };
    app = createApp(config, {
      ...ports,
      state: workersState(env, config, ports),
      writePoint: pointWriter(env),
      readPage: pageOf(env),
      ...voicePorts(env),
    });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    app = createMisconfiguredApp(error.problems, ports);
  }
  return app;
}

/** The web page lies in the assets bound as ASSETS; without them there is none. */
function pageOf({ ASSETS }: Env): Ports['readPage'] {
  const assets = ASSETS as { fetch(address: string): Promise<Response> } | undefined;
  return (
    assets &&
    (async (name) => {
      const found = await assets.fetch(`https://assets/${name}`);
      return found.ok ? { bytes: new Uint8Array(await found.arrayBuffer()), isGzip: false } : undefined;
    })
  );
}

function textsOf(env: Env): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (typeof value === 'string') texts[name] = value;
    else if (name.startsWith('FISH_'))
      throw new ConfigError([`${name}: must be a variable or a secret, not a binding`]);
  }
  return texts;
}

/** The Durable Object of wrangler.toml. */
export { Pool };

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const response = await appOf(env).fetch(request, clientOf(request));
    const socket = takeUpgrade(request, response);
    if (socket) return openSocket(socket, response);
    if (!response.ok && request.body && !request.bodyUsed) await drain(request.body);
    return withLength(response);
  },
};

/**
 * Only Cloudflare's network says who the client is; elsewhere anybody may send the header. There the runtime itself tells
 * through which data centre a request came (`cf.colo`), which no header can; a workerd of one's own leaves `cf` empty.
 */
function clientOf(
  request: Request & { readonly cf?: { readonly colo?: unknown } | null },
): string | undefined {
  if (typeof request.cf?.colo !== 'string') return undefined;
  return request.headers.get('cf-connecting-ip') ?? undefined;
}

/** workerd closes a connection with an unread body at once, and a client that still writes never sees why. */
async function drain(body: ReadableStream<Uint8Array>): Promise<void> {
  const reader = sizedReader(body);
  const stop = isolateClock.alarm(DRAIN_MS, () => void reader.cancel().catch(() => {}));
  try {
    for (let left = DRAIN_BYTES; left > 0; ) {
      const { done, value } = await reader.read();
      if (done) return;
      left -= value.length;
    }
    await reader.cancel();
  } catch {
    // whoever sent it is gone
  } finally {
    stop();
  }
}

/** A stream of so many bytes (developers.cloudflare.com/workers/runtime-apis/streams/transformstream/#fixedlengthstream). */
declare const FixedLengthStream: new (bytes: number) => TransformStream<Uint8Array, Uint8Array>;

/** workerd sends any other stream in chunks, whatever length was announced. */
function withLength(response: Response): Response {
  const length = response.headers.get('content-length');
  if (length === null || !response.body) return response;
  const { readable, writable } = new FixedLengthStream(Number(length));
  response.body.pipeTo(writable).catch(() => {}); // the client sees it break off
  return new Response(readable, response);
}

/** The part of Cloudflare's API that is used here (https://developers.cloudflare.com/workers/runtime-apis/websockets/). */
interface CloudflareSocket extends WebSocket {
  accept(): void;
}

declare const WebSocketPair: new () => { readonly 0: WebSocket; readonly 1: CloudflareSocket };

/** The answer that makes a socket of the connection, and the socket. */
function openSocket(upgrade: Upgrade, answer: Response): Response {
  const { 0: client, 1: server } = new WebSocketPair();
  server.binaryType = 'arraybuffer';
  server.accept();
  const listener = upgrade.opened(toSocket(server));
  let isOver = false;
  const close = (): void => {
    if (!isOver) listener.closed();
    isOver = true;
  };
  server.addEventListener('message', ({ data }) => {
    listener.message(typeof data === 'string' ? data : new Uint8Array(data as ArrayBuffer));
  });
  server.addEventListener('close', close);
  server.addEventListener('error', close);
  const { headers } = answer;
  return new Response(null, { status: 101, headers, webSocket: client } as ResponseInit);
}

function toSocket(socket: WebSocket): Socket {
  return {
    send(message) {
      if (socket.readyState === WebSocket.OPEN) socket.send(message);
    },
    waiting: () => undefined,
    close(code, reason) {
      if (socket.readyState === WebSocket.OPEN) socket.close(code, reason);
    },
  };
}
