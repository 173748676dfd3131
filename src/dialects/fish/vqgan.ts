import { encode } from '@msgpack/msgpack';
import type { Context, Hono } from 'hono';
import type { FishApi } from '../../core/engine.ts';
import { SpeechFailure } from '../../core/errors.ts';
import { allowMethods } from '../../http/allow-methods.ts';
import { toBase64 } from '../../http/audio-bytes.ts';
import { readFishBody } from '../../http/body.ts';
import type { HttpEnv } from '../../http/env.ts';
import type { DialectDeps } from '../../http/options.ts';
import { bodyRules } from '../../http/receive.ts';
import { fishBodyLimits } from './body-limits.ts';
import { prefersJson } from './negotiate.ts';
import { createDecodeParser, createEncodeParser } from './token-fields.ts';
import { decodeModel, encodeModel, refuseLikeUpstream } from './upstream-refusal.ts';

const noCodec = 'This server has no Fish-Speech origin: it cannot encode or decode audio tokens.';

/**
 * Fish-Speech's codec. Answers are msgpack, honestly labelled (upstream says `text/plain`), or JSON with base64 for a client
 * that asks for JSON.
 */
export function vqganRoutes(app: Hono<HttpEnv>, options: DialectDeps): void {
  const { limits, strictErrors } = options;
  const maxTokens = fishBodyLimits(limits).decode;
  const rules = bodyRules(options, limits.maxBody);
  const tokenRules = { ...bodyRules(options, maxTokens), maxItems: maxTokens }; // a codebook is one long array
  const parseEncode = createEncodeParser(limits);
  const parseDecode = createDecodeParser(limits);
  app.post('/v1/vqgan/encode', async (c) => {
    const api = apiOf(options);
    const { fields } = await readFishBody(c.req.raw, rules, c.get('client'));
    if (strictErrors) refuseLikeUpstream(fields, encodeModel);
    const tokens = await api.encode(parseEncode(fields), c.req.raw.signal);
    return reply(asksJson(c) ? JSON.stringify({ tokens }) : encode({ tokens }));
  });
  app.post('/v1/vqgan/decode', async (c) => {
    const api = apiOf(options);
    const { fields } = await readFishBody(c.req.raw, tokenRules, c.get('client'));
    if (strictErrors) refuseLikeUpstream(fields, decodeModel);
    const audios = await api.decode(parseDecode(fields), c.req.raw.signal);
    return reply(asksJson(c) ? JSON.stringify({ audios: audios.map(toBase64) }) : encode({ audios }));
  });
  allowMethods(app, '/v1/vqgan/encode', 'POST');
  allowMethods(app, '/v1/vqgan/decode', 'POST');
}

function apiOf({ engine }: DialectDeps): FishApi {
  if (engine.fish) return engine.fish;
  throw new SpeechFailure({ code: 'not_supported', message: noCodec });
}

function asksJson(c: Context<HttpEnv>): boolean {
  return prefersJson(c.req.query('format'), c.req.header('accept'));
}

function reply(body: string | Uint8Array<ArrayBuffer>): Response {
  const type = typeof body === 'string' ? 'application/json' : 'application/msgpack';
  return new Response(body, { headers: { 'content-type': type, 'cache-control': 'no-store' } });
}
