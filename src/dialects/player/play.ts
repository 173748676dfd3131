import type { Context, Hono } from 'hono';
import * as z from 'zod';
import { readJsonBody } from '../../http/body.ts';
import { bodyLimits } from '../../http/body-limits.ts';
import type { HttpEnv } from '../../http/env.ts';
import { answerKept, type KeptAudio } from '../../http/kept-audio.ts';
import { chargeTo } from '../../http/middleware/rate-limit.ts';
import { only } from '../../http/only.ts';
import type { HttpOptions } from '../../http/options.ts';
import { bodyRules } from '../../http/receive.ts';
import { respond } from '../../http/respond.ts';
import { pay, say } from '../../http/say.ts';
import { createShelf } from '../../services/kept-speech.ts';
import { ownerOf } from '../../services/pronunciations.ts';
import { createLinkSigner, type OpenedLink } from '../../services/signed-links.ts';
import { invalid } from '../../speech/errors.ts';
import { contentTypeOf, type Output } from '../../speech/output.ts';
import type { SpeechRequest } from '../../speech/request.ts';
import { keepWhole } from '../../speech/whole.ts';
import { readAll } from '../../stream/read.ts';
import { parseOpenaiSpeech } from '../openai/speech-fields.ts';
import { headOnly, publicUrl } from '../query/speak.ts';

/** Servers refuse longer ones (Node at 16 KiB of headers in all): the text has to fit in it. */
const maxAddress = 14_000;
const maxLifeSeconds = 30 * 24 * 3600;

const life = z.object({ expires_in: z.number().int().min(1).max(maxLifeSeconds).optional() });

/**
 * Playable addresses for `<audio>` tags and smart speakers, which can send no key: `POST /v1/audio/speech/url` takes a speech
 * body and signs it, `GET /tts/play/<name>` speaks it. With `Range` the whole is made first, as such players want lengths.
 */
export function playRoutes(app: Hono<HttpEnv>, options: HttpOptions): void {
  const { limits, links } = options;
  const signer = createLinkSigner(links.secret, options.keys);
  const shelf = createShelf(options);
  const rules = bodyRules(options, bodyLimits(limits).speech);
  const path = '/v1/audio/speech/url';

  app.post(path, async (c) => {
    const body = await readJsonBody(c.req.raw, rules, c.get('client'));
    const { request, output } = parseOpenaiSpeech(body, limits);
    const asked = life.safeParse(body);
    if (!asked.success) {
      throw invalid(`expires_in must be between 1 and ${maxLifeSeconds} seconds`, 'expires_in');
    }
    const seconds = asked.data.expires_in ?? Math.round(links.maxAgeMs / 1000);
    const expires = Math.floor(Date.now() / 1000) + seconds;
    const query = await signer.sign(bodyOf(request, output), expires, c.get('key'));
    const url = `${publicUrl(c)}/tts/play/speech.${output.format}?${query}`;
    if (url.length > maxAddress) throw invalid('input is too long to fit in an address', 'input');
    await pay(c, request, options);
    return c.json({ url, expires_at: expires });
  });

  app.get('/tts/play/:name', async (c) => {
    const link = await signer.open(new URL(c.req.url).search);
    const { request, output } = parseOpenaiSpeech(link.payload, limits);
    actFor(c, link);
    const place = await shelf.placeFor(`play/${link.signature}`, request, ownerOf(link.key));
    const kept = await place.find();
    if (kept) return answerKept(c.req.raw, playable(kept.bytes, kept.ageMs));
    if (c.req.method === 'HEAD') return headOnly(contentTypeOf(output.format));
    const isRange = !asksForAll(c.req.header('range'));
    const speech = await say(
      c,
      request,
      { ...output, whole: isRange },
      { ...options, isPaid: await isPaid(link) },
    );
    if (!isRange) {
      const body = keepWhole(speech.body, limits.maxWholeAudio, place.put);
      return respond(
        c,
        { ...speech, body, done: undefined },
        `inline; filename="speech.${speech.extension}"`,
      );
    }
    const bytes = await readAll(speech.body, limits.maxWholeAudio);
    await place.put(bytes);
    return answerKept(c.req.raw, playable(bytes, 0));

    function playable(bytes: Uint8Array, ageMs: number): KeptAudio {
      return { bytes, contentType: contentTypeOf(output.format), etag: place.etag, ageMs };
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
    const verdict = await options.rates.store.take(`play:${signature}`, 1, 1, maxLifeSeconds * 1000);
    return verdict.allowed;
  }
  only(app, path, 'POST');
  only(app, '/tts/play/:name', 'GET, HEAD');
}

/** The body of the speech again: what an address says, and nothing of who asked for it. */
function bodyOf(request: SpeechRequest, output: Output): object {
  const { text: input, voice, model, speed, seed, volumeDb: volume } = request;
  const { format: response_format, rate: sample_rate, bitrate } = output;
  return { input, voice, model, speed, seed, volume, response_format, sample_rate, bitrate };
}

/** Chrome sends `bytes=0-` with every `<audio>`: it takes a stream too. Others want a part of a whole. */
function asksForAll(range: string | undefined): boolean {
  return range === undefined || /^bytes=0-$/.test(range.trim());
}
