import type { Hono } from 'hono';
import { SpeechFailure } from '../core/errors.ts';
import type { HttpEnv } from './env.ts';

/** Every method that no earlier route of these paths took is 405: HEAD and GET never reach a synthesis. */
export function allowMethods(app: Hono<HttpEnv>, paths: string | readonly string[], allow: string): void {
  app.on('ALL', [paths].flat(), () => {
    throw new SpeechFailure({ code: 'method_not_allowed', allow });
  });
}
