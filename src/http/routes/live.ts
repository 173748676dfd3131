import type { Hono } from 'hono';
import { FishLive } from '../../live/fish-live.ts';
import type { Ended } from '../../ports.ts';
import { invalid, SpeechFailure } from '../../speech/errors.ts';
import type { HttpEnv } from '../env.ts';
import { only } from '../only.ts';
import type { HttpOptions } from '../options.ts';
import { say } from '../say.ts';
import { withinBudget } from '../socket-messages.ts';
import { bodyLimits, MAX_LIVE_MESSAGE } from '../wire/body-limits.ts';
import { audioEvent, createLiveParser, finishEvent } from '../wire/fish-live.ts';

/** Code units, about two minutes of speech: what an origin gets in one piece where fast start is off. */
const maxPart = 2000;

/** `GET /v1/tts/live`, a WebSocket (protocol page 3.2). The JavaScript client writes two slashes when its address ends in one. */
export function liveRoutes(app: Hono<HttpEnv>, options: HttpOptions): void {
  const { ports, live } = options;
  const parse = createLiveParser(options.limits);
  const sizes = { first: bodyLimits(options.limits).tts, later: MAX_LIVE_MESSAGE };
  for (const path of ['/v1/tts/live', '//v1/tts/live']) {
    app.get(path, (c) => {
      if (c.req.header('upgrade')?.toLowerCase() !== 'websocket') {
        throw new SpeechFailure({ code: 'upgrade_required' });
      }
      if (!isHandshake(c.req.raw.headers)) throw invalid('The handshake lacks what RFC 6455 asks for.');
      if (!ports.upgrade) throw new SpeechFailure({ code: 'not_supported', message: 'No WebSockets here.' });
      const release = live.reserve(c.get('client'));
      const { promise: ended, resolve: onEnd } = Promise.withResolvers<Ended>();
      ports.upgrade(c.req.raw, {
        opened: (socket) => {
          const session = live.add((onOver) => {
            return new FishLive(socket, {
              clock: ports.clock,
              parse,
              audioEvent,
              finishEvent,
              speak: ({ request, output }, text, more, signal) =>
                say(c, { ...request, text, more }, output, options, signal),
              maxPart: Math.min(maxPart, options.limits.maxTextLength || maxPart),
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
          return withinBudget(session, { receiving: options.receiving, client: c.get('client'), sizes });
        },
        lost() {
          release();
          onEnd({ outcome: 'cancelled' });
        },
      });
      c.set('relayed', ended);
      c.set('switched', true);
      return c.body(null);
    });
    only(app, path, 'GET');
  }
}

/** RFC 6455, 4.2.1. Some runtimes take up what is none, and do not tell that nothing comes of it. */
function isHandshake(headers: Headers): boolean {
  const key = headers.get('sec-websocket-key')?.trim() ?? '';
  return headers.get('sec-websocket-version')?.trim() === '13' && /^[A-Za-z0-9+/]{22}==$/.test(key);
}
