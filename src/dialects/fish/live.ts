import type { Context, Hono } from 'hono';
import { allowMethods } from '../../http/allow-methods.ts';
import type { HttpEnv } from '../../http/env.ts';
import type { DialectDeps } from '../../http/options.ts';
import { serveSocket } from '../../http/serve-socket.ts';
import { FishLive } from '../../live/fish-live.ts';
import type { EventWriter } from '../../live/utterance.ts';
import { fishBodyLimits } from './body-limits.ts';
import { createLiveParser, plainEvents, timedEvents } from './live-messages.ts';

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
  const model = c.req.header('model');
  return serveSocket(c, options, fishBodyLimits(options.limits).tts, (socket, parts) => {
    const parseFor = (message: string | Uint8Array) => parse(message, model);
    return new FishLive(socket, { ...parts, parse: parseFor, createEvents, startMs: options.readTimeout });
  });
}
