import type { Context, Hono } from 'hono';
import type { HttpEnv } from '../../http/env.ts';
import { answerKept, headOnly } from '../../http/kept-audio.ts';
import { only } from '../../http/only.ts';
import type { DialectDeps } from '../../http/options.ts';
import { publicUrl } from '../../http/public-url.ts';
import { respond } from '../../http/respond.ts';
import { say } from '../../http/say.ts';
import { createShelf, type ShelfPlace } from '../../services/kept-speech.ts';
import { ownerOf } from '../../services/pronunciations.ts';
import { SpeechFailure } from '../../speech/errors.ts';
import { readAll } from '../../stream/read.ts';
import { createFileNames } from './file-names.ts';
import { parseTtsQuery, requestOf, type TtsQuery } from './query-fields.ts';

const fileName = /^([0-9a-f]{40})\.wav$/;

/**
 * The query API of the VITS service (requirements page 2): `GET /tts/stream` speaks at once, `GET /tts` makes a file that
 * `GET /audio/<sha1>.wav` plays for a while.
 */
export function ttsQueryRoutes(app: Hono<HttpEnv>, options: DialectDeps): void {
  const { limits } = options;
  const shelf = createShelf(options);
  const names = createFileNames(options);
  const placeFor = (c: Context<HttpEnv>, query: TtsQuery): Promise<ShelfPlace> =>
    shelf.placeFor('audio', requestOf(query, true), ownerOf(c.get('key')));

  app.get('/tts/stream', async (c) => {
    const request = requestOf(parseTtsQuery(new URL(c.req.url)), false);
    if (c.req.method === 'HEAD') return headOnly('audio/wav'); // Hono answers HEAD by GET: nothing is spoken for it
    const output = { format: 'wav', whole: false, maxWholeBytes: limits.maxWholeAudio } as const;
    const speech = await say(c, request, output, options);
    return respond(c, speech, 'inline; filename="speech.wav"');
  });

  app.get('/tts', async (c) => {
    const query = parseTtsQuery(new URL(c.req.url));
    const place = await placeFor(c, query);
    const isHead = c.req.method === 'HEAD';
    if (!isHead && !(await place.find())) await make(c, query, place);
    const hash = await names.nameOf(query, isHead ? undefined : c.get('client'));
    const { text, speed } = query;
    return c.json({ hash, text, speed, audio_url: new URL(`/audio/${hash}.wav`, publicUrl(c)).href });
  });

  async function make(c: Context<HttpEnv>, query: TtsQuery, place: ShelfPlace): Promise<void> {
    const output = { format: 'wav', whole: true, maxWholeBytes: limits.maxWholeAudio } as const;
    const speech = await say(c, requestOf(query, true), output, options);
    await place.put(await readAll(speech.body, limits.maxWholeAudio));
  }

  app.get('/audio/:file{[^/]+\\.wav}', async (c) => {
    const [, hash] = fileName.exec(c.req.param('file')) ?? [];
    const query = hash === undefined ? undefined : await names.meant(hash, c.get('client'));
    const place = query && (await placeFor(c, query));
    const kept = await place?.find();
    if (!place || !kept) throw new SpeechFailure({ code: 'not_found' });
    const { bytes, ageMs } = kept;
    return answerKept(c.req.raw, { bytes, contentType: 'audio/wav', etag: place.etag, ageMs });
  });

  only(app, ['/tts', '/tts/stream', '/audio/:file{[^/]+\\.wav}'], 'GET, HEAD');
}
