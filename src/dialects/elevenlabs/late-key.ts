import type { Context } from 'hono';
import { SpeechFailure } from '../../core/errors.ts';
import type { HttpEnv } from '../../http/env.ts';
import {
  chargeRequestTo,
  chargeTo,
  countRefusal,
  type RateLimitOptions,
} from '../../http/middleware/rate-limit.ts';
import type { KeyRing } from '../../services/keys.ts';

/**
 * Lets in the client of a socket whose key came with its first message, as browsers can send no header: what was asked for in the
 * handshake counted for its address, and everything from now on counts for its key.
 * @throws SpeechFailure invalid_api_key, rate_limit_exceeded
 */
export async function admitLate(
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
