import type { ServerWebSocket } from 'bun';
import type { App } from '../../app.ts';
import type { Config } from '../../config/config.ts';
import type { Ports, Socket, SocketListener, Upgrade } from '../../core/ports.ts';
import type { Listener } from '../local/local.ts';
import { PULSE_SECONDS, SUBPROTOCOL, takeUpgrade } from '../local/upgrades.ts';

/** Bun's own fetch keeps connections alive; its 5 minute timeout is switched off, as the engine owns all deadlines. */
export const bunFetch: Ports['fetch'] = (url, init) => fetch(url, { ...init, timeout: false } as RequestInit);

/** Read by Bun when its process starts, and never again. */
const requestsVariable = 'BUN_CONFIG_MAX_HTTP_REQUESTS';
const USUAL_REQUESTS = 256;

/** What to tell somebody who has more slots than Bun has requests; undefined when all is well. */
export function fewerRequestsThan(slots: number): string | undefined {
  const requests = Number(process.env[requestsVariable] ?? USUAL_REQUESTS);
  if (!(slots > requests)) return undefined;
  return `the origins have ${slots} slots, but Bun sends ${requests} requests at once: set ${requestsVariable} before it starts`;
}

/**
 * Nothing of a stream is read ahead of a slow client: Bun 1.4 itself holds up to 1.3 MB of one, between what its fetch has read and
 * what its server could not send (docs/runtimes.md), so that an origin is as soon done with a sentence.
 */
export const RELAY_AHEAD_OF_BUN_BYTES = 0;

/** What belongs to a socket. */
interface Held {
  readonly upgrade: Upgrade;
  listener?: SocketListener;
}

/** @throws when the address cannot be taken */
export async function serveBun(app: App, config: Config): Promise<Listener> {
  const { host, port } = config['server.listen'];
  const writeSeconds = Math.min(
    MAX_TIMEOUT_SECONDS,
    Math.ceil(config['server.write_timeout'] / MS_PER_SECOND),
  );
  const server = Bun.serve<Held>({
    hostname: host,
    port,
    reusePort: config['server.processes'] > 1,
    development: false, // else Bun writes the stack of every answer that breaks off to stderr, between the lines of the log
    idleTimeout: MAX_IDLE_SECONDS,
    maxRequestBodySize: Number.MAX_SAFE_INTEGER, // the app counts while it reads, and answers 413 with a body
    async fetch(request, instance) {
      instance.timeout(request, 0); // speech may pause for longer than any idle timeout; the app has its own deadlines
      const response = await app.fetch(request, instance.requestIP(request)?.address);
      const upgrade = takeUpgrade(request, response);
      if (!upgrade) {
        const answer = await inOnePiece(response);
        if (answer !== response) instance.timeout(request, writeSeconds); // what waits for a client that takes nothing
        return answer;
      }
      const protocol = response.headers.get(SUBPROTOCOL);
      const headers = {
        'x-request-id': response.headers.get('x-request-id') ?? '',
        ...(protocol === null ? {} : { [SUBPROTOCOL]: protocol }),
      };
      if (!instance.upgrade(request, { headers, data: { upgrade } })) upgrade.lost();
      return undefined;
    },
    websocket: {
      idleTimeout: 2 * PULSE_SECONDS, // Bun asks a silent client before
      maxPayloadLength: Math.min(config['limits.max_body'], MAX_MESSAGE_BYTES),
      perMessageDeflate: false, // audio does not shrink
      open(socket) {
        socket.data.listener = socket.data.upgrade.opened(toSocket(socket));
      },
      message: ({ data }, message) => data.listener?.message(message),
      close: ({ data }) => data.listener?.closed(),
    },
  });
  return {
    host,
    port: server.port ?? port,
    stop: () => server.stop(false),
    kill: () => void server.stop(true),
  };
}

/**
 * Bun does not tell what has come of a message that is not whole, so that no budget can bound it: what a voice sample of a
 * minute needs.
 */
const MAX_MESSAGE_BYTES = 8 * 2 ** 20;
/** Between requests. */
const MAX_IDLE_SECONDS = 65;
/** Seconds; Bun takes no more. */
const MAX_TIMEOUT_SECONDS = 255;
const MS_PER_SECOND = 1000;

function toSocket(socket: ServerWebSocket<Held>): Socket {
  return {
    send: (message) => void socket.send(message),
    waiting: () => socket.getBufferedAmount(),
    close: (code, reason) => socket.close(code, reason),
  };
}

/**
 * Bun sends every stream in chunks, whatever length was announced (https://github.com/oven-sh/bun/issues/10507), and bytes
 * with theirs. So an answer in one piece, which `limits.max_whole_audio` bounds, is sent as bytes. One that breaks off is
 * sent as far as it came, and breaks.
 */
async function inOnePiece(response: Response): Promise<Response> {
  if (!response.headers.has('content-length') || !response.body) return response;
  const reader: ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>> = response.body.getReader();
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return new Response(new Blob(chunks), response);
      chunks.push(value);
    }
  } catch (error) {
    return new Response(broken(chunks, error), response);
  }
}

function broken(chunks: Uint8Array<ArrayBuffer>[], error: unknown): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const next = chunks.shift();
        if (next) return controller.enqueue(next);
        await new Promise((resolve) => setTimeout(resolve, 0)); // in the same turn Bun would drop what came before, the head with it
        controller.error(error);
      },
    },
    { highWaterMark: 0 },
  );
}
