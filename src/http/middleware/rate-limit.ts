import type { Context, MiddlewareHandler } from 'hono';
import { SpeechFailure } from '../../core/errors.ts';
import type { Clock } from '../../core/ports.ts';
import type { RateStore, RateVerdict } from '../../core/store.ts';
import type { HttpEnv } from '../env.ts';
import { createPathTable, isProbe } from './open-paths.ts';

export interface RateLimitOptions {
  readonly store: RateStore;
  readonly clock: Pick<Clock, 'wallNow'>;
  /** Requests a minute; 0 is off. */
  readonly requests: number;
  /** Characters a minute; 0 is off. */
  readonly characters: number;
  /** Clients on this machine without a limit of their own are not counted. */
  readonly sparesLoopback: boolean;
}

const WINDOW_MS = 60_000;

/**
 * Sliding limits for each key, or for each address where no key is asked for. Requests are counted here; characters by the
 * routes, through `charge`, once they know the text. No answer leaves before both are known.
 */
export function rateLimit(
  options: RateLimitOptions | undefined,
  speechPaths: readonly string[],
): MiddlewareHandler<HttpEnv> {
  const isSpeech = createPathTable(speechPaths.map((path) => [path, true]));
  /** Who shares the count of others asks far away: meanwhile speech may find out who can speak. */
  const isFar = options?.store.abilities.shared === true;
  return async (c, next) => {
    c.set('charge', async () => {});
    if (!options) return next();
    c.set('charge', chargeTo(c, options));
    if (!isProbe(c.get('openPath'))) {
      const count = chargeRequestTo(c, options);
      const checkKey = c.get('again');
      c.set('again', async () => {
        await checkKey();
        await count();
      });
      if (isFar && isSpeech(c.req.path)) {
        const counting = count();
        c.set('counting', counting);
        counting.catch(() => {}); // told below
        await next();
        return counting;
      }
      await count();
    }
    await next();
  };
}

/** Counts one request against the limit of the key of `c`, else of its address. */
export function chargeRequestTo(c: Context<HttpEnv>, options: RateLimitOptions): () => Promise<void> {
  const key = c.get('key');
  const who = whoAsks(c);
  const spared = options.sparesLoopback && key?.rate === undefined && c.get('isLocal');
  const requests = spared ? 0 : (key?.rate ?? options.requests);
  return async () => {
    if (requests > 0) await take(c, options, 'requests', `requests:${who}`, 1, requests);
  };
}

/** Counts characters against the limit of the key of `c`, else of its address. */
export function chargeTo(c: Context<HttpEnv>, options: RateLimitOptions): HttpEnv['Variables']['charge'] {
  const who = whoAsks(c);
  const characters = c.get('key')?.characters ?? options.characters;
  return async (count) => {
    if (characters === 0 || count === 0) return;
    // a text longer than the limit of a minute would never be allowed: it takes the whole minute
    const cost = Math.min(count, characters);
    await take(c, options, 'characters', `characters:${who}`, cost, characters);
  };
}

function whoAsks(c: Context<HttpEnv>): string {
  const key = c.get('key');
  return key ? `key:${key.name}` : `address:${c.get('client')}`;
}

/**
 * Counts a request with a wrong key against its address, which may guess no more often than a client may ask.
 * @throws SpeechFailure rate_limit_exceeded
 */
export async function countRefusal(
  { store, requests, sparesLoopback }: RateLimitOptions,
  c: Context<HttpEnv>,
): Promise<void> {
  if (requests === 0 || (sparesLoopback && c.get('isLocal'))) return;
  const verdict = await store.take(`refused:${c.get('client')}`, 1, requests, WINDOW_MS);
  if (verdict.allowed) return;
  throw new SpeechFailure({
    code: 'rate_limit_exceeded',
    retryAfterMs: verdict.retryAfterMs,
    what: 'requests',
  });
}

async function take(
  c: Context<HttpEnv>,
  { store, clock }: Pick<RateLimitOptions, 'store' | 'clock'>,
  what: 'requests' | 'characters',
  key: string,
  cost: number,
  limit: number,
): Promise<void> {
  const verdict = await store.take(key, cost, limit, WINDOW_MS);
  c.set('limitHeaders', { ...c.get('limitHeaders'), ...headersOf(what, limit, verdict, clock) }); // a session takes again and again
  if (!verdict.allowed) {
    throw new SpeechFailure({ code: 'rate_limit_exceeded', retryAfterMs: verdict.retryAfterMs, what });
  }
}

/** Tells of the limits on every answer, refusals among them: it stands outside of what refuses. */
export const limitHeaders: MiddlewareHandler<HttpEnv> = async (c, next) => {
  await next();
  for (const [name, value] of Object.entries(c.get('limitHeaders') ?? {})) c.res.headers.set(name, value);
};

/**
 * Three vocabularies: `X-RateLimit-*` with epoch seconds, OpenAI's names (API reference, rate limits) and the IETF draft's
 * structured fields (draft-ietf-httpapi-ratelimit-headers-10).
 */
function headersOf(
  what: 'requests' | 'characters',
  limit: number,
  verdict: RateVerdict,
  clock: RateLimitOptions['clock'],
): Readonly<Record<string, string>> {
  const resetSeconds = Math.ceil(verdict.resetMs / 1000);
  const unit = what === 'requests' ? 'requests' : 'tokens'; // OpenAI counts tokens, we count characters
  const openai = {
    [`x-ratelimit-limit-${unit}`]: String(limit),
    [`x-ratelimit-remaining-${unit}`]: String(verdict.remaining),
    [`x-ratelimit-reset-${unit}`]: `${resetSeconds}s`,
  };
  if (what === 'characters') return openai;
  return {
    ...openai,
    'x-ratelimit-limit': String(limit),
    'x-ratelimit-remaining': String(verdict.remaining),
    'x-ratelimit-reset': String(Math.ceil((clock.wallNow() + verdict.resetMs) / 1000)),
    'ratelimit-policy': `"default";q=${limit};w=${WINDOW_MS / 1000}`,
    ratelimit: `"default";r=${verdict.remaining};t=${resetSeconds}`,
  };
}
