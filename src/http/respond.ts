import type { Context } from 'hono';
import type { Speech } from '../speech/synthesize.ts';
import type { HttpEnv } from './env.ts';

type Headers = Readonly<Record<string, string>>;

/** Audio as an HTTP response. The content type comes from the bytes made, never from the request. */
export function respond(
  c: Context<HttpEnv>,
  speech: Speech,
  disposition: string,
  more: Headers = {},
): Response {
  c.set('relayed', speech.done);
  const headers: Record<string, string> = {
    'content-type': speech.contentType,
    'content-disposition': disposition,
    ...metadataHeaders(speech),
    ...more,
  };
  if (speech.length !== undefined) headers['content-length'] = String(speech.length);
  return new Response(speech.body, { headers });
}

/** The same speech as server-sent events, made of its body before. */
export function respondEvents(speech: Speech, events: ReadableStream<Uint8Array>, more: Headers): Response {
  const headers = {
    'content-type': 'text/event-stream', // livekit compares it as it is, without a charset
    'x-accel-buffering': 'no', // nginx would gather events otherwise
    ...metadataHeaders(speech),
    ...more,
  };
  return new Response(events, { headers });
}

/** How the speech was made. */
function metadataHeaders({ engine, rate, firstAudioMs, queueMs, voiceConfirmed, cache }: Speech): Headers {
  const timing = [
    ...(queueMs === undefined ? [] : [`queue;dur=${queueMs.toFixed(1)}`]),
    `first-audio;dur=${firstAudioMs.toFixed(1)}`,
  ];
  return {
    'cache-control': 'no-store',
    'x-engine': engine,
    ...(voiceConfirmed === false && { 'x-voice-confirmed': 'false' }),
    'x-cache': cache?.state ?? 'bypass',
    'x-audio-sample-rate': String(rate),
    'server-timing': timing.join(', '),
    ...(cache?.ageMs === undefined ? {} : { age: String(Math.floor(cache.ageMs / 1000)) }), // RFC 9111, 5.1: seconds
  };
}
