import type { Context, Hono } from 'hono';
import { allowMethods } from '../../http/allow-methods.ts';
import type { HttpEnv } from '../../http/env.ts';
import { readLinkPayload } from '../../http/linked-speech.ts';
import { chargeTo } from '../../http/middleware/rate-limit.ts';
import type { DialectDeps, HttpDialect } from '../../http/options.ts';
import { answerKept, headOnly, type KeptAudio, respond } from '../../http/respond.ts';
import { synthesizeForClient } from '../../http/synthesize-for-client.ts';
import { createAudioStorage } from '../../services/kept-speech.ts';
import { ownerOf } from '../../services/pronunciations.ts';
import { MAX_LINK_SECONDS, type OpenedLink } from '../../services/signed-links.ts';
import { contentTypeOf, keepWhole } from '../../speech/output.ts';
import { readAll } from '../../stream/read.ts';

/** Players of signed addresses: `<audio>` tags and smart speakers, which can send no key. */
export const player: HttpDialect = {
  name: 'player',
  paths: ['/tts/play/*'],
  openPaths: { '/tts/play/:name{.+}': 'signed' },
  errorBody: ({ message }) => ({ error: message }),
  describe: async () => (await import('./openapi.ts')).describe(),
  mount: playRoutes,
};

/**
 * `GET /tts/play/<name>` speaks what its address says, for the key that signed it. With `Range` the whole is made first, as
 * such players want lengths.
 */
function playRoutes(app: Hono<HttpEnv>, options: DialectDeps): void {
  const { limits, signer } = options;
  const storage = createAudioStorage(options);

  app.get('/tts/play/:name', async (c) => {
    const link = await signer.open(new URL(c.req.url).search);
    const { request, output } = readLinkPayload(link.payload, limits);
    actFor(c, link);
    const stored = await storage.entryFor(`play/${link.signature}`, request, ownerOf(link.key));
    const kept = await stored.find();
    if (kept) return answerKept(c.req.raw, playable(kept.bytes, kept.ageMs));
    if (c.req.method === 'HEAD') return headOnly(contentTypeOf(output.format));
    const isRange = !asksForAll(c.req.header('range'));
    const speech = await synthesizeForClient(
      c,
      request,
      { ...output, whole: isRange },
      { ...options, isPaid: await isPaid(link) },
    );
    if (!isRange) {
      const body = keepWhole(speech.body, limits.maxWholeAudio, stored.put);
      return respond(
        c,
        { ...speech, body, done: undefined },
        `inline; filename="speech.${speech.extension}"`,
      );
    }
    const bytes = await readAll(speech.body, limits.maxWholeAudio);
    await stored.put(bytes);
    return answerKept(c.req.raw, playable(bytes, 0));

    function playable(bytes: Uint8Array, ageMs: number): KeptAudio {
      return { bytes, contentType: contentTypeOf(output.format), etag: stored.etag, ageMs };
    }
  });

  /** Whoever plays it: it is spoken for the key that signed it. */
  function actFor(c: Context<HttpEnv>, { key }: OpenedLink): void {
    if (!key) return;
    c.set('key', key);
    c.set('client', `key:${key.name}`);
    if (options.rates) c.set('charge', chargeTo(c, options.rates));
  }

  /** Signing paid for one synthesis: see docs/decisions/0025. */
  async function isPaid({ signature }: OpenedLink): Promise<boolean> {
    if (!options.rates) return true;
    const verdict = await options.rates.store.take(`play:${signature}`, 1, 1, MAX_LINK_SECONDS * 1000);
    return verdict.allowed;
  }
  allowMethods(app, '/tts/play/:name', 'GET, HEAD');
}

/** Chrome sends `bytes=0-` with every `<audio>`: it takes a stream too. Others want a part of a whole. */
function asksForAll(range: string | undefined): boolean {
  return range === undefined || /^bytes=0-$/.test(range.trim());
}
