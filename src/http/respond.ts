import type { Context } from 'hono';
import parseRange from 'range-parser';
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
function metadataHeaders({
  id,
  engine,
  rate,
  firstAudioMs,
  queueMs,
  voiceConfirmed,
  otherVoice,
  passedOver,
  cache,
}: Speech): Headers {
  const timing = [
    ...(queueMs === undefined ? [] : [`queue;dur=${queueMs.toFixed(1)}`]),
    `first-audio;dur=${firstAudioMs.toFixed(1)}`,
  ];
  return {
    'cache-control': 'no-store',
    ...(id !== undefined && { 'x-speech-id': id }),
    'x-engine': engine,
    ...(voiceConfirmed === false && { 'x-voice-confirmed': 'false' }),
    ...(otherVoice !== undefined && { 'x-voice': otherVoice }),
    ...(passedOver !== undefined && { 'x-text-passed-over': passedOver.join(', ') }),
    'x-cache': cache?.state ?? 'bypass',
    'x-audio-sample-rate': String(rate),
    'server-timing': timing.join(', '),
    ...(cache?.ageMs === undefined ? {} : { age: String(Math.floor(cache.ageMs / 1000)) }), // RFC 9111, 5.1: seconds
  };
}

export interface KeptAudio {
  readonly bytes: Uint8Array;
  readonly contentType: string;
  /** Strong validator, quotes included (RFC 9110, 8.8.3). */
  readonly etag: string;
  readonly ageMs: number;
}

/**
 * Audio that exists whole, as players fetch it: 206 with Range (Safari and iOS ask for `bytes=0-1` first), 304 for what the
 * client has, 416 for what is not there (RFC 9110, 13 and 14). Several ranges at once get all of it.
 */
export function answerKept(request: Request, audio: KeptAudio): Response {
  const { bytes, etag } = audio;
  const headers = new Headers({
    'content-type': audio.contentType,
    'accept-ranges': 'bytes',
    etag,
    age: String(Math.floor(audio.ageMs / 1000)),
    'cache-control': 'no-cache', // others may keep it, but a key, a voice or a word that ends it is asked for each time
  });
  if (listsTag(request.headers.get('if-none-match'), etag))
    return new Response(null, { status: 304, headers });
  const body = (from: number, to: number): BodyInit | null =>
    request.method === 'HEAD' ? null : (bytes.subarray(from, to) as Uint8Array<ArrayBuffer>);
  const range = rangeOf(request, audio);
  if (range === 'none') {
    headers.set('content-length', String(bytes.length));
    return new Response(body(0, bytes.length), { headers });
  }
  if (range === 'unsatisfiable') {
    headers.set('content-range', `bytes */${bytes.length}`);
    return new Response(null, { status: 416, headers });
  }
  headers.set('content-range', `bytes ${range.start}-${range.end}/${bytes.length}`);
  headers.set('content-length', String(range.end - range.start + 1));
  return new Response(body(range.start, range.end + 1), { status: 206, headers });
}

function rangeOf(
  request: Request,
  { bytes, etag }: KeptAudio,
): 'none' | 'unsatisfiable' | { start: number; end: number } {
  const asked = request.headers.get('range');
  const condition = request.headers.get('if-range');
  if (asked === null || (condition !== null && condition !== etag)) return 'none';
  const ranges = parseRange(bytes.length, asked, { combine: true });
  if (ranges === -1) return 'unsatisfiable';
  if (ranges === -2 || ranges.type !== 'bytes' || ranges.length !== 1) return 'none';
  return ranges[0] ?? 'none';
}

function listsTag(header: string | null, etag: string): boolean {
  if (header === null) return false;
  return header === '*' || header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
}

/** The answer to HEAD for audio that is made by GET: Hono would make it for HEAD too. */
export function headOnly(contentType: string): Response {
  return new Response(null, { headers: { 'content-type': contentType, 'cache-control': 'no-store' } });
}
