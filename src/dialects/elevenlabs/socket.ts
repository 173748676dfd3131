import type { Context, Hono } from 'hono';
import * as z from 'zod';
import { SpeechFailure } from '../../core/errors.ts';
import { defaultSampling, type SpeechRequest } from '../../core/request.ts';
import { allowMethods } from '../../http/allow-methods.ts';
import type { HttpEnv } from '../../http/env.ts';
import { booleanField, choiceField, numberField, optionalText, textField } from '../../http/fields.ts';
import {
  chargeRequestTo,
  chargeTo,
  countRefusal,
  type RateLimitOptions,
} from '../../http/middleware/rate-limit.ts';
import type { DialectDeps } from '../../http/options.ts';
import { type SocketSpeech, serveSocket } from '../../http/serve-socket.ts';
import type { KeyRing } from '../../services/keys.ts';
import { refused } from './error-body.ts';
import { checked, outputOf, requestFor } from './speech-body.ts';

export const streamInputPath = '/v1/text-to-speech/:voice/stream-input';

const MAX_NAME = 256;
const MAX_FIRST_MESSAGE = 64 * 1024;
const USUAL_INACTIVITY_SECONDS = 20;

/** Of the handshake (API reference, WebSocket). What is not here changes nothing. */
const query = z.object({
  model_id: textField('model_id', MAX_NAME).optional(),
  inactivity_timeout: optionalText(numberField('inactivity_timeout', { min: 1, max: 180 })),
  auto_mode: optionalText(booleanField('auto_mode')),
  sync_alignment: optionalText(booleanField('sync_alignment')),
  enable_ssml_parsing: optionalText(booleanField('enable_ssml_parsing')),
  apply_text_normalization: optionalText(choiceField('apply_text_normalization', ['auto', 'on', 'off'])),
});

/** `/v1/text-to-speech/{voice_id}/stream-input`, a WebSocket. */
export function socketRoutes(app: Hono<HttpEnv>, options: DialectDeps): void {
  app.get(streamInputPath, (c) => serve(c, options));
  allowMethods(app, streamInputPath, 'GET');
}

async function serve(c: Context<HttpEnv>, options: DialectDeps): Promise<Response> {
  const { asked, wanted } = askedOf(c, options);
  const needsKey = c.get('key') === undefined && !(await options.keys.isOpen());
  const { StreamInput } = await import('./stream-input.ts');
  return serveSocket(c, options, MAX_FIRST_MESSAGE, (socket, parts) => {
    return new StreamInput<SocketSpeech>(socket, {
      ...parts,
      begin: (first) => ({
        asked: { ...asked, request: { ...asked.request, ...voiceOf(first, wanted.model_id, asked) } },
        admitted: needsKey ? admitLate(c, first.token, options) : Promise.resolve(),
      }),
      speaksPhrases: wanted.auto_mode ?? false,
      idleMs: Math.min(parts.idleMs, (wanted.inactivity_timeout ?? USUAL_INACTIVITY_SECONDS) * 1000),
    });
  });
}

/** What the address asks for: the voice, the format, and how the session goes. @throws FailureWithResponse */
function askedOf(
  c: Context<HttpEnv>,
  { limits }: DialectDeps,
): { readonly asked: SocketSpeech; readonly wanted: z.infer<typeof query> } {
  const search = new URL(c.req.url).searchParams;
  const wanted = checked(query, Object.fromEntries(search), 'query');
  const output = outputOf(search, limits);
  if (output.format === 'wav')
    throw refused(
      'invalid_output_format',
      'A socket sends no WAV: pcm is the same without a head.',
      'output_format',
    );
  if (wanted.enable_ssml_parsing)
    throw refused('invalid_parameters', 'This server speaks text and no SSML.', 'enable_ssml_parsing');
  const isWritten = wanted.apply_text_normalization === 'off';
  const sampling = isWritten ? { ...defaultSampling, normalize: false } : defaultSampling;
  const utteranceId = {}; // one voice for all that is said over this socket
  const request = { ...requestFor(c.req.param('voice') ?? '', {}, wanted.model_id), sampling, utteranceId };
  return { asked: { request, output }, wanted };
}

/** What the first message adds. */
function voiceOf(
  first: Parameters<typeof requestFor>[1],
  model: string | undefined,
  { request }: SocketSpeech,
): Pick<SpeechRequest, 'speed'> {
  return { speed: requestFor(request.voice ?? '', first, model).speed };
}

/**
 * Lets in the client of a socket whose key came with its first message, as browsers can send no header: what was asked for in the
 * handshake counted for its address, and everything from now on counts for its key.
 * @throws SpeechFailure invalid_api_key, rate_limit_exceeded
 */
async function admitLate(
  c: Context<HttpEnv>,
  token: string | undefined,
  { keys, rates }: { readonly keys: KeyRing; readonly rates: RateLimitOptions | undefined },
): Promise<void> {
  const find = async (): ReturnType<KeyRing['find']> => (token ? keys.find(token) : undefined);
  const key = await find();
  if (!key) {
    if (rates && token) await countRefusal(rates, c);
    throw new SpeechFailure({ code: 'invalid_api_key', missing: !token });
  }
  c.set('key', key);
  c.set('client', `key:${key.name}`);
  const count = rates ? chargeRequestTo(c, rates) : async (): Promise<void> => {};
  if (rates) c.set('charge', chargeTo(c, rates));
  c.set('again', async () => {
    if (!(await find())) throw new SpeechFailure({ code: 'invalid_api_key', missing: false });
    await count();
  });
  await count();
}
