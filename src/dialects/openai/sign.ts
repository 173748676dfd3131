import type { Hono } from 'hono';
import * as z from 'zod';
import { invalid } from '../../core/errors.ts';
import { allowMethods } from '../../http/allow-methods.ts';
import { readJsonBody } from '../../http/body.ts';
import { bodyLimits } from '../../http/body-limits.ts';
import type { HttpEnv } from '../../http/env.ts';
import { parseFields } from '../../http/fields.ts';
import { publicUrl, toLinkPayload } from '../../http/linked-speech.ts';
import type { DialectDeps } from '../../http/options.ts';
import { bodyRules } from '../../http/receive.ts';
import { pay } from '../../http/synthesize-for-client.ts';
import { MAX_LINK_SECONDS } from '../../services/signed-links.ts';
import { parseOpenaiSpeech } from './speech-fields.ts';

/** Servers refuse longer ones (Node at 16 KiB of headers in all): the text has to fit in it. */
const MAX_ADDRESS = 14_000;
const path = '/v1/audio/speech/url';

const error = `expires_in must be between 1 and ${MAX_LINK_SECONDS} seconds`;
const seconds = z.number({ error }).int({ error }).min(1, { error }).max(MAX_LINK_SECONDS, { error });
export const life = z.object({ expires_in: seconds.optional() });

/** `POST /v1/audio/speech/url` takes a speech body and signs what it asks for: an address that players need no key for. */
export function signRoutes(app: Hono<HttpEnv>, options: DialectDeps): void {
  const { limits, links, signer } = options;
  const rules = bodyRules(options, bodyLimits(limits).speech);

  app.post(path, async (c) => {
    const body = await readJsonBody(c.req.raw, rules, c.get('client'));
    const { request, output } = parseOpenaiSpeech(body, limits);
    const { expires_in = Math.round(links.maxAgeMs / 1000) } = parseFields(life, body);
    const expires = Math.floor(options.ports.clock.wallNow() / 1000) + expires_in;
    const query = await signer.sign(toLinkPayload(request, output), expires, c.get('key'));
    const url = `${publicUrl(c)}/tts/play/speech.${output.format}?${query}`;
    if (url.length > MAX_ADDRESS) throw invalid('input is too long to fit in an address', 'input');
    await pay(c, request, options);
    return c.json({ url, expires_at: expires });
  });
  allowMethods(app, path, 'POST');
}
