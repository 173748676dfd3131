import type { Context } from 'hono';
import { invalid, SpeechFailure } from '../core/errors.ts';
import type { Clock, Socket, StreamOutcome } from '../core/ports.ts';
import type { SpeechRequest } from '../core/request.ts';
import type { Session } from '../live/sessions.ts';
import type { UtteranceOptions } from '../live/utterance.ts';
import type { Output } from '../speech/output.ts';
import type { Speech } from '../speech/synthesize.ts';
import { MAX_LIVE_MESSAGE } from './body-limits.ts';
import type { HttpEnv } from './env.ts';
import type { DialectDeps } from './options.ts';
import { isHandshake, type MessageSession, withinBudget } from './socket-messages.ts';
import { synthesizeForClient } from './synthesize-for-client.ts';

/** Code units, about two minutes of speech: what an origin gets in one piece where fast start is off. */
const MAX_PART = 2000;

/** What a message over a socket asks to be spoken, and how it is to sound. */
export interface SocketSpeech {
  readonly request: SpeechRequest;
  readonly output: Output;
  /** Whether it is heard, where it is made before that is known. */
  readonly wanted?: Promise<boolean> | undefined;
}

/** What the server gives to every session, whatever its dialect. Times are milliseconds. */
export interface SessionParts extends Omit<UtteranceOptions<SocketSpeech>, 'createEvents'> {
  readonly clock: Clock;
  /** Speaks one text that is whole. */
  readonly speak: (asked: SocketSpeech, signal: AbortSignal) => Promise<Speech>;
  readonly again: () => Promise<void>;
  readonly idleMs: number;
  readonly writeMs: number;
  readonly onEnd: (end: StreamOutcome) => void;
}

/**
 * Answers a handshake with a session: it has a place among the sockets of its client, its messages have limits, and the log line
 * of its request ends with it.
 * @param maxFirst bytes of the message that starts something
 * @throws SpeechFailure for what is no handshake, or where the client has its share of sockets
 */
export function serveSocket(
  c: Context<HttpEnv>,
  options: DialectDeps,
  maxFirst: number,
  create: (socket: Socket, parts: SessionParts) => MessageSession & Session,
): Response {
  const { ports, live, limits, receiving, writeTimeout } = options;
  const { clock } = ports;
  checkHandshake(c);
  if (!ports.upgrade) throw new SpeechFailure({ code: 'not_supported', message: 'No WebSockets here.' });
  const client = c.get('client');
  const release = live.reserve(client);
  const { promise: ended, resolve: onEnd } = Promise.withResolvers<StreamOutcome>();
  ports.upgrade(c.req.raw, {
    opened: (socket) => {
      const session = live.add(client, (onOver) =>
        create(socket, {
          clock,
          again: () => c.get('again')(),
          speak: ({ request, output, wanted }, signal) =>
            synthesizeForClient(c, request, output, { ...options, wanted }, signal),
          synthesize: ({ request, output }, text, more, signal) =>
            synthesizeForClient(c, { ...request, text, more }, output, options, signal),
          maxPart: Math.min(MAX_PART, limits.maxTextLength || MAX_PART),
          idleMs: live.idleMs,
          writeMs: writeTimeout,
          onEnd(end) {
            onOver();
            release();
            onEnd(end);
          },
        }),
      );
      const sizes = { first: maxFirst, later: MAX_LIVE_MESSAGE };
      return withinBudget(session, { clock, receiving, client, sizes });
    },
    lost() {
      release();
      onEnd({ outcome: 'cancelled' });
    },
  });
  c.set('relayed', ended);
  c.set('switched', true);
  return c.body(null);
}

/** @throws SpeechFailure for what is no handshake (RFC 6455, 4.1) */
function checkHandshake(c: Context<HttpEnv>): void {
  if (c.req.header('upgrade')?.toLowerCase() !== 'websocket')
    throw new SpeechFailure({ code: 'upgrade_required' });
  if (!isHandshake(c.req.raw.headers)) throw invalid('The handshake lacks what RFC 6455 asks for.');
}
