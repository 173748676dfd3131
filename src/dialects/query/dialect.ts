import type { Context, Hono } from 'hono';
import { SpeechFailure } from '../../core/errors.ts';
import { defaultSampling, type SpeechRequest } from '../../core/request.ts';
import { allowMethods } from '../../http/allow-methods.ts';
import type { HttpEnv } from '../../http/env.ts';
import { publicUrl } from '../../http/linked-speech.ts';
import type { DialectDeps, HttpDialect } from '../../http/options.ts';
import { answerKept, headOnly, respond } from '../../http/respond.ts';
import { synthesizeForClient } from '../../http/synthesize-for-client.ts';
import { createAudioStorage, type StoredAudio } from '../../services/kept-speech.ts';
import { ownerOf } from '../../services/pronunciations.ts';
import { readAll } from '../../stream/read.ts';
import { lengthScales, parseTtsQuery, type TtsQuery } from './query-fields.ts';

/** The query API of the VITS service: text in an address, audio or the address of a file out. */
export const query: HttpDialect = {
  name: 'query',
  paths: ['/tts/*', '/audio/:file{[^/]+\\.wav}/*'],
  speechPaths: ['/tts/stream'],
  errorBody: ({ message }) => ({ error: message }),
  describe: async () => (await import('./openapi.ts')).describe(),
  mount: ttsQueryRoutes,
};

const fileName = /^([0-9a-f]{40})\.wav$/;

/**
 * The query API of the VITS service (docs/dialects.md, the query API): `GET /tts/stream` speaks at once, `GET /tts` makes a
 * file that `GET /audio/<sha1>.wav` plays for a while.
 */
function ttsQueryRoutes(app: Hono<HttpEnv>, options: DialectDeps): void {
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

/** Which query a file of the query API stands for. A name says it to everybody alike: see docs/decisions/0025. */
interface FileNameBook {
  /** The name of what `query` asks for; remembered for a while where a `client` made it. */
  nameOf(query: TtsQuery, client: string | undefined): Promise<string>;
  /** What `client` means by a name; undefined for one that was not given out lately. */
  meant(name: string, client: string): Promise<TtsQuery | undefined>;
}

function createFileNames({ state, links }: Pick<DialectDeps, 'state' | 'links'>): FileNameBook {
  const { blobs } = state;
  const forAll = (name: string): string => `audio-name/${name}`;
  const forClient = (name: string, client: string): string => `audio-name/${name}/${client}`;
  const remember = (key: string, query: TtsQuery): Promise<void> =>
    blobs.put(key, new TextEncoder().encode(JSON.stringify(query)), { maxAgeMs: links.maxAgeMs });
  return {
    async nameOf(query, client) {
      const { own, mistaken } = await fileNames(query);
      if (client === undefined) return own;
      await remember(forAll(own), query);
      // Whoever works out the name by itself gets what it asked for last.
      if (mistaken !== undefined) await remember(forClient(mistaken, client), query);
      else if (query.speed.startsWith('very_')) await blobs.delete(forClient(own, client));
      return own;
    },
    async meant(name, client) {
      const found = (await blobs.get(forClient(name, client))) ?? (await blobs.get(forAll(name)));
      return found && (JSON.parse(new TextDecoder().decode(found.bytes)) as TtsQuery);
    },
  };
}

function requestOf({ text, speed, voice }: TtsQuery, whole: boolean): SpeechRequest {
  return {
    text,
    voice,
    speed: 1 / lengthScales[speed],
    references: [],
    sampling: defaultSampling,
    repeatable: true,
    whole,
  };
}

interface FileNames {
  /** 40 hex digits that mean this query and no other. */
  readonly own: string;
  /** What that service would call it, where there it is the name of another query too. */
  readonly mistaken?: string | undefined;
}

/**
 * SHA-1 of text and speed, as that service names its files: clients work it out by themselves. Written behind each other,
 * `Go very_` + `slow` reads as `Go ` + `very_slow`; such a name means the longest speed that it ends with, and the other
 * query gets a name of its own. It names, it protects nothing.
 */
async function fileNames({ text, speed, voice }: TtsQuery): Promise<FileNames> {
  const name = await sha1(text + speed + (voice === undefined ? '' : `\0${voice}`));
  const readsOtherwise = text.includes('\0') || (`very_${speed}` in lengthScales && text.endsWith('very_'));
  if (!readsOtherwise) return { own: name };
  return { own: await sha1(JSON.stringify([text, speed, voice ?? null])), mistaken: name };
}

async function sha1(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-1', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
