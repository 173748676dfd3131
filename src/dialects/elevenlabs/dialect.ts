import type { Context, Hono } from 'hono';
import type { HttpEnv } from '../../http/env.ts';
import type { HttpOptions } from '../../http/options.ts';
import type { SpeechError } from '../../speech/errors.ts';
import { errorBody } from './error-body.ts';
import { socketRoutes } from './socket.ts';
import { speechRoutes } from './speech.ts';
import { voiceRoutes } from './voices.ts';

const ownPaths = /^\/(v1\/text-to-speech|v2\/voices|v1\/voices\/[^/]+)(\/|$)/;
const streamInput = /^\/v1\/text-to-speech\/[^/]+\/stream-input$/;

/** The dialect of ElevenLabs (docs/decisions/0030). */
export const elevenLabs = {
  name: 'elevenlabs',
  mount(app: Hono<HttpEnv>, options: HttpOptions): void {
    speechRoutes(app, options);
    socketRoutes(app, options);
    voiceRoutes(app, options);
  },
  errorBody: (error: SpeechError): object => errorBody(error),
  /** Undefined where the request has no header of this dialect. */
  token: (c: Context<HttpEnv>): string | undefined => c.req.header('xi-api-key')?.trim(),
  /** Whose errors are told in this dialect: on its own paths, and wherever a client sends its header. */
  owns: (c: Context<HttpEnv>): boolean =>
    ownPaths.test(c.req.path) || c.req.header('xi-api-key') !== undefined,
  /** A socket whose handshake has no key: its first message brings it. */
  bringsKeyLater: (c: Context<HttpEnv>): boolean => streamInput.test(c.req.path) && c.req.method === 'GET',
} as const;
