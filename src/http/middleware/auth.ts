import type { Context, MiddlewareHandler } from 'hono';
import { elevenLabs } from '../../dialects/elevenlabs/dialect.ts';
import type { KeyRing } from '../../services/keys.ts';
import { SpeechFailure } from '../../speech/errors.ts';
import type { HttpEnv } from '../env.ts';
import { limitedAddress } from './address.ts';
import { isOpenList, isProbe } from './probes.ts';
import { countRefusal, type RateLimitOptions } from './rate-limit.ts';

/**
 * Bearer key (RFC 6750); Azure's clients send it as `api-key`. Off when no key exists. What probes ask for stays open
 * (clients.md), so that a load balancer or a home server needs no key; details of health do not.
 * @param openVoices the lists of voices and models need no key either
 */
export function auth(
  ring: KeyRing,
  rates: RateLimitOptions | undefined,
  openVoices: boolean,
): MiddlewareHandler<HttpEnv> {
  const isOpen = (c: Context<HttpEnv>): boolean =>
    isProbe(c) || (openVoices && isOpenList(c)) || c.req.path.startsWith(signedPaths); // whose address carries its own proof
  return async (c, next) => {
    c.set('client', limitedAddress(c.get('address')));
    c.set('again', async () => {});
    if (!isOpen(c) && !(await ring.isOpen())) {
      const token = tokenOf(c);
      if (token === '' && elevenLabs.bringsKeyLater(c)) return next();
      const key = token === '' ? undefined : await ring.find(token);
      if (!key) {
        if (rates && token !== '') await countRefusal(rates, c);
        throw new SpeechFailure({ code: 'invalid_api_key', missing: token === '' });
      }
      c.set('key', key);
      c.set('client', `key:${key.name}`);
      c.set('again', async () => {
        if (!(await ring.find(token))) throw new SpeechFailure({ code: 'invalid_api_key', missing: false });
      });
    }
    await next();
  };
}

const signedPaths = '/tts/play/';

function tokenOf(c: Context<HttpEnv>): string {
  const header = (c.req.header('authorization') ?? '').trim();
  const space = header.indexOf(' ');
  const [scheme, token] = space < 0 ? [header, ''] : [header.slice(0, space), header.slice(space + 1).trim()];
  if (scheme.toLowerCase() === 'bearer') return token;
  return c.req.header('api-key')?.trim() ?? elevenLabs.token(c) ?? '';
}
