import type { Context, MiddlewareHandler } from 'hono';
import { SpeechFailure } from '../../core/errors.ts';
import type { KeyRing } from '../../services/keys.ts';
import type { HttpEnv } from '../env.ts';
import { countRefusal, type RateLimitOptions } from './rate-limit.ts';

/** Reads the key of a request from where the clients of a dialect put it. */
type TokenReader = (request: Request) => string | undefined;

interface AuthOptions {
  readonly keys: KeyRing;
  readonly rates: RateLimitOptions | undefined;
  /** The lists of voices and models need no key either. */
  readonly openLists: boolean;
  /** For a request without `Authorization: Bearer`. */
  readonly tokenReaders: readonly TokenReader[];
}

/** Bearer key (RFC 6750), or a dialect's own. Off when no key exists, and for what the dialects keep open. */
export function auth({ keys, rates, openLists, tokenReaders }: AuthOptions): MiddlewareHandler<HttpEnv> {
  const isOpen = (c: Context<HttpEnv>): boolean => {
    const why = c.get('openPath');
    return why === 'list' ? openLists : why !== undefined && why !== 'late';
  };
  return async (c, next) => {
    c.set('again', async () => {});
    if (!isOpen(c) && !(await keys.isOpen())) {
      const token = tokenOf(c.req.raw, tokenReaders);
      if (token === '' && c.get('openPath') === 'late') return next();
      const key = token === '' ? undefined : await keys.find(token);
      if (!key) {
        if (rates && token !== '') await countRefusal(rates, c);
        throw new SpeechFailure({ code: 'invalid_api_key', missing: token === '' });
      }
      c.set('key', key);
      c.set('client', `key:${key.name}`);
      c.set('again', async () => {
        if (!(await keys.find(token))) throw new SpeechFailure({ code: 'invalid_api_key', missing: false });
      });
    }
    await next();
  };
}

function tokenOf(request: Request, readers: readonly TokenReader[]): string {
  const header = (request.headers.get('authorization') ?? '').trim();
  const space = header.indexOf(' ');
  const [scheme, token] = space < 0 ? [header, ''] : [header.slice(0, space), header.slice(space + 1).trim()];
  if (scheme.toLowerCase() === 'bearer') return token;
  for (const read of readers) {
    const own = read(request)?.trim();
    if (own) return own;
  }
  return '';
}
