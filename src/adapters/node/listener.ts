import type { IncomingMessage, RequestListener } from 'node:http';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { App } from '../../app.ts';
import { lingerAfterAnswer, requestBody } from './body.ts';
import { sendRelayed } from './relay.ts';

/** Loading this module loads Node's `Request` and `Response`, a tenth of the start-up: the server does so when it listens. */

/** The runtime's own: `requestListener` puts one in its place that is made for answers of ours. */
export const RuntimeResponse: typeof Response = globalThis.Response;

/** Answers Node's requests by `app`. */
export function requestListener(app: App): RequestListener {
  const answer = async (request: Request, env: unknown): Promise<Response> => {
    const { incoming, outgoing } = env as HttpBindings;
    takeBody(request, incoming);
    const response = await app.fetch(request, incoming.socket.remoteAddress);
    // Answered before all of the body came: what is left of it ends the connection, and the client is to know that.
    if (!incoming.complete) {
      outgoing.shouldKeepAlive = false;
      lingerAfterAnswer(incoming);
    }
    if (!isSpeech(response) || !sendRelayed(response, outgoing)) return response;
    dropBody(request);
    return RESPONSE_ALREADY_SENT;
  };
  return getRequestListener(answer, { overrideGlobalObjects: true }); // an answer that is all there is sent without a stream in between
}

/**
 * Has the body of `request` read from its socket. The usual way makes a second `Request` and two streams of the server's own
 * first, which takes a quarter of the time of a refusal.
 */
function takeBody(request: Request, incoming: IncomingMessage): void {
  const { 'content-length': length = '0', 'transfer-encoding': coding } = incoming.headers;
  if (length === '0' && coding === undefined) return;
  let body: ReadableStream<Uint8Array> | undefined;
  Object.defineProperty(request, 'body', {
    configurable: true,
    get() {
      body ??= requestBody(incoming);
      return body;
    },
  });
}

/** The server holds `request` until its answer is over, which may last for hours. Whoever reads the body still can. */
function dropBody(request: Request): void {
  Object.defineProperty(request, 'body', { value: null });
}

/** All other answers are better not asked for their body: it would be made a stream. */
function isSpeech(response: Response): boolean {
  return response.headers.has('x-engine');
}
