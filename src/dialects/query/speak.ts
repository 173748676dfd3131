import type { Context, Hono } from 'hono';
import { SpeechFailure } from '../../core/errors.ts';
import { allowMethods } from '../../http/allow-methods.ts';
import type { HttpEnv } from '../../http/env.ts';
import { answerKept, headOnly } from '../../http/kept-audio.ts';
import type { DialectDeps } from '../../http/options.ts';
import { publicUrl } from '../../http/public-url.ts';
import { respond } from '../../http/respond.ts';
import { synthesizeForClient } from '../../http/synthesize-for-client.ts';
import { createAudioStorage, type StoredAudio } from '../../services/kept-speech.ts';
import { ownerOf } from '../../services/pronunciations.ts';
import { readAll } from '../../stream/read.ts';
import { createFileNames } from './file-names.ts';
import { parseTtsQuery, requestOf, type TtsQuery } from './query-fields.ts';

const fileName = /^([0-9a-f]{40})\.wav$/;

/**
 * The query API of the VITS service (docs/dialects.md, the query API): `GET /tts/stream` speaks at once, `GET /tts` makes a
 * file that `GET /audio/<sha1>.wav` plays for a while.
 */
export function ttsQueryRoutes(app: Hono<HttpEnv>, options: DialectDeps): void {
  const { limits } = options;
  const storage = createAudioStorage(options);
  const names = createFileNames(options);
  const entryFor = (c: Context<HttpEnv>, query: TtsQuery): Promise<StoredAudio> =>
    storage.entryFor('audio', requestOf(query, true), ownerOf(c.get('key')));

  app.get('/tts/stream', async (c) => {
    const request = requestOf(parseTtsQuery(new URL(c.req.url)), false);
    if (c.req.method === 'HEAD') return headOnly('audio/wav'); // Hono answers HEAD by GET: nothing is spoken for it
    const output = { format: 'wav', whole: false, maxWholeBytes: limits.maxWholeAudio } as const;
    const speech = await synthesizeForClient(c, request, output, options);
    return respond(c, speech, 'inline; filename="speech.wav"');
  });

  app.get('/tts', async (c) => {
    const query = parseTtsQuery(new URL(c.req.url));
    const stored = await entryFor(c, query);
    const isHead = c.req.method === 'HEAD';
    if (!isHead && !(await stored.find())) await make(c, query, stored);
    const hash = await names.nameOf(query, isHead ? undefined : c.get('client'));
    const { text, speed } = query;
    return c.json({ hash, text, speed, audio_url: new URL(`/audio/${hash}.wav`, publicUrl(c)).href });
  });

  async function make(c: Context<HttpEnv>, query: TtsQuery, stored: StoredAudio): Promise<void> {
    const output = { format: 'wav', whole: true, maxWholeBytes: limits.maxWholeAudio } as const;
    const speech = await synthesizeForClient(c, requestOf(query, true), output, options);
    await stored.put(await readAll(speech.body, limits.maxWholeAudio));
  }

  app.get('/audio/:file{[^/]+\\.wav}', async (c) => {
    const [, hash] = fileName.exec(c.req.param('file')) ?? [];
    const query = hash === undefined ? undefined : await names.meant(hash, c.get('client'));
    const stored = query && (await entryFor(c, query));
    const kept = await stored?.find();
    if (!stored || !kept) throw new SpeechFailure({ code: 'not_found' });
    const { bytes, ageMs } = kept;
    return answerKept(c.req.raw, { bytes, contentType: 'audio/wav', etag: stored.etag, ageMs });
  });

  allowMethods(app, ['/tts', '/tts/stream', '/audio/:file{[^/]+\\.wav}'], 'GET, HEAD');
}
