import type { Context } from 'hono';
import type { Speech } from '../speech/speak.ts';
import type { HttpEnv } from './env.ts';

/** Audio as an HTTP response. The content type comes from the bytes made, never from the request. */
export function respond(c: Context<HttpEnv>, speech: Speech, disposition: string): Response {
  c.set('relayed', speech.done);
  const headers: Record<string, string> = {
    'content-type': speech.contentType,
    'content-disposition': disposition,
    'cache-control': 'no-store',
    'x-engine': speech.engine,
    'x-cache': 'bypass',
    'x-audio-sample-rate': String(speech.rate),
    'server-timing': `first-audio;dur=${speech.firstAudioMs.toFixed(1)}`,
  };
  if (speech.length !== undefined) headers['content-length'] = String(speech.length);
  return new Response(speech.body, { headers });
}
