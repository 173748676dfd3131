import type { Hono } from 'hono';
import { SpeechFailure } from '../speech/errors.ts';
import type { HttpEnv } from './env.ts';

/** Every method that no earlier route of `path` took is 405: HEAD and GET never reach a synthesis. */
export function only(app: Hono<HttpEnv>, path: string, allow: string): void {
  app.all(path, () => {
    throw new SpeechFailure({ code: 'method_not_allowed', allow });
  });
}
