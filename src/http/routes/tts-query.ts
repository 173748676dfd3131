import type { Context, Hono } from 'hono';
import { SpeechFailure } from '../../speech/errors.ts';
import { readAll } from '../../stream/read.ts';
import type { HttpEnv } from '../env.ts';
import { answerKept } from '../kept-audio.ts';
import { only } from '../only.ts';
import type { HttpOptions } from '../options.ts';
import { respond } from '../respond.ts';
import { say } from '../say.ts';
import { hashOf, parseTtsQuery } from '../wire/tts-query.ts';

const keyPrefix = 'audio/';
const fileName = /^([0-9a-f]{40})\.wav$/;

/**
 * The query API of the VITS service (requirements page 2): `GET /tts/stream` speaks at once, `GET /tts` makes a file that
 * `GET /audio/<sha1>.wav` plays for a while.
 */
export function ttsQueryRoutes(app: Hono<HttpEnv>, options: HttpOptions): void {
  const { limits, links } = options;
  const blobs = options.state.blobs;

  app.get('/tts/stream', async (c) => {
    const { request } = parseTtsQuery(new URL(c.req.url), false);
    if (c.req.method === 'HEAD') return headOnly('audio/wav'); // Hono answers HEAD by GET: nothing is spoken for it
    const output = { format: 'wav', whole: false, maxWholeBytes: limits.maxWholeAudio } as const;
    const speech = await say(c, request, output, options);
    return respond(c, speech, 'inline; filename="speech.wav"');
  });

  app.get('/tts', async (c) => {
    const { text, speed, request } = parseTtsQuery(new URL(c.req.url), true);
    const hash = await hashOf(text, speed, request.voice);
    if (c.req.method !== 'HEAD' && !(await blobs.get(keyPrefix + hash))) await make(c, hash, request);
    return c.json({ hash, text, speed, audio_url: new URL(`/audio/${hash}.wav`, publicUrl(c)).href });
  });

  async function make(
    c: Context<HttpEnv>,
    hash: string,
    request: ReturnType<typeof parseTtsQuery>['request'],
  ): Promise<void> {
    const output = { format: 'wav', whole: true, maxWholeBytes: limits.maxWholeAudio } as const;
    const speech = await say(c, request, output, options);
    const wav = await readAll(speech.body, limits.maxWholeAudio);
    await blobs.put(keyPrefix + hash, wav, { maxAgeMs: links.maxAgeMs });
  }

  app.get('/audio/:file', async (c) => {
    const [, hash] = fileName.exec(c.req.param('file')) ?? [];
    const kept = hash && (await blobs.get(keyPrefix + hash));
    if (!kept) throw new SpeechFailure({ code: 'not_found' });
    const ageSeconds = Math.floor(kept.ageMs / 1000);
    const maxAge = Math.max(0, Math.floor((links.maxAgeMs - kept.ageMs) / 1000));
    const audio = { bytes: kept.bytes, contentType: 'audio/wav', etag: `"${hash}"`, maxAge, ageSeconds };
    return answerKept(c.req.raw, audio);
  });

  for (const path of ['/tts', '/tts/stream', '/audio/:file']) only(app, path, 'GET, HEAD');
}

export function headOnly(contentType: string): Response {
  return new Response(null, { headers: { 'content-type': contentType, 'cache-control': 'no-store' } });
}

/** As the client sees this server; only a proxy that is trusted may say otherwise. */
export function publicUrl(c: Context<HttpEnv>): string {
  const url = new URL(c.req.url);
  const host = c.req.header('host');
  const scheme = c.get('forwardedProto') ?? url.protocol.slice(0, -1);
  return `${scheme}://${host ?? url.host}`;
}
