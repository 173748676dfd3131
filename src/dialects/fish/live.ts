import type { Context, Hono } from 'hono';
import { invalid, SpeechFailure } from '../../core/errors.ts';
import type { StreamOutcome } from '../../core/ports.ts';
import { allowMethods } from '../../http/allow-methods.ts';
import { MAX_LIVE_MESSAGE } from '../../http/body-limits.ts';
import type { HttpEnv } from '../../http/env.ts';
import type { DialectDeps } from '../../http/options.ts';
import { isHandshake, withinBudget } from '../../http/socket-messages.ts';
import { synthesizeForClient } from '../../http/synthesize-for-client.ts';
import { FishLive } from '../../live/fish-live.ts';
import type { EventWriter } from '../../live/utterance.ts';
import { fishBodyLimits } from './body-limits.ts';
import { createLiveParser, plainEvents, timedEvents } from './live-messages.ts';

/** Code units, about two minutes of speech: what an origin gets in one piece where fast start is off. */
const MAX_PART = 2000;

/** `GET /v1/tts/live` and its form with times, WebSockets (docs/fish-speech.md). */
export function liveRoutes(app: Hono<HttpEnv>, options: DialectDeps): void {
  const { clock } = options.ports;
  const parse = createLiveParser(options.limits);
  const add = (path: string, createEvents: () => EventWriter): void => {
    app.get(path, (c) => serve(c, options, parse, createEvents));
    allowMethods(app, path, 'GET');
  };
  add('/v1/tts/live', plainEvents);
  add('/v1/tts/live/with-timestamp', () => timedEvents(clock));
}

function serve(
  c: Context<HttpEnv>,
  options: DialectDeps,
  parse: ReturnType<typeof createLiveParser>,
  createEvents: () => EventWriter,
): Response {
  const { ports, live, limits } = options;
  if (c.req.header('upgrade')?.toLowerCase() !== 'websocket') {
    throw new SpeechFailure({ code: 'upgrade_required' });
  }
  if (!isHandshake(c.req.raw.headers)) throw invalid('The handshake lacks what RFC 6455 asks for.');
  if (!ports.upgrade) throw new SpeechFailure({ code: 'not_supported', message: 'No WebSockets here.' });
  const client = c.get('client');
  const model = c.req.header('model');
  const sizes = { first: fishBodyLimits(limits).tts, later: MAX_LIVE_MESSAGE };
  const release = live.reserve(client);
  const { promise: ended, resolve: onEnd } = Promise.withResolvers<StreamOutcome>();
  ports.upgrade(c.req.raw, {
    opened: (socket) => {
      const session = live.add(client, (onOver) => {
        return new FishLive(socket, {
          clock: ports.clock,
          parse: (message) => parse(message, model),
          createEvents,
          again: () => c.get('again')(),
          synthesize: ({ request, output }, text, more, signal) =>
            synthesizeForClient(c, { ...request, text, more }, output, options, signal),
          maxPart: Math.min(MAX_PART, limits.maxTextLength || MAX_PART),
          startMs: options.readTimeout,
          idleMs: live.idleMs,
          writeMs: options.writeTimeout,
          onEnd(end) {
            onOver();
            release();
            onEnd(end);
          },
        });
      });
      return withinBudget(session, { clock: ports.clock, receiving: options.receiving, client, sizes });
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
