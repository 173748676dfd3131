import type { Speech } from '../speech/speak.ts';

/** Audio as an HTTP response. The content type comes from the bytes made, never from the request. */
export function respond(speech: Speech, disposition: string): Response {
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
