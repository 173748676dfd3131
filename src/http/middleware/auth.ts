import type { Context, MiddlewareHandler } from 'hono';
import { SpeechFailure } from '../../core/errors.ts';
import { type ClientSecrets, isClientSecret } from '../../services/client-secrets.ts';
import type { KeyRing, NamedKey } from '../../services/keys.ts';
import type { HttpEnv } from '../env.ts';
import { createPathTable } from './open-paths.ts';
import { countRefusal, type RateLimitOptions } from './rate-limit.ts';

/** Reads the key of a request from where the clients of a dialect put it. */
type TokenReader = (request: Request) => string | undefined;

interface AuthOptions {
  readonly keys: KeyRing;
  readonly secrets: ClientSecrets;
  /** Addresses that a client secret opens. */
  readonly secretPaths: readonly string[];
  readonly rates: RateLimitOptions | undefined;
  /** The lists of voices and models need no key either. */
  readonly openLists: boolean;
  /** For a request without `Authorization: Bearer`. */
  readonly tokenReaders: readonly TokenReader[];
}

/** Bearer key (RFC 6750), or a dialect's own. Off when no key exists, and for what the dialects keep open. */
export function auth(options: AuthOptions): MiddlewareHandler<HttpEnv> {
  const { keys, secrets, secretPaths, rates, openLists, tokenReaders } = options;
  const takesSecrets = createPathTable(secretPaths.map((path) => [path, true]));
  const isOpen = (c: Context<HttpEnv>): boolean => {
    const why = c.get('openPath');
    return why === 'list' ? openLists : why !== undefined && why !== 'late';
  };
  const refuse = async (c: Context<HttpEnv>, token: string): Promise<never> => {
    if (rates && token !== '') await countRefusal(rates, c);
    throw new SpeechFailure({ code: 'invalid_api_key', missing: token === '' });
  };
  /** A client secret says what its session is, so that one is read where no key is asked for, too. */
  const openSecret = async (c: Context<HttpEnv>): Promise<boolean> => {
    if (!takesSecrets(c.req.path)) return false;
    const token = tokenOf(c.req.raw, tokenReaders);
    if (!isClientSecret(token)) return false;
    const secret = await secrets.open(token);
    if (!secret) return (await keys.isOpen()) ? refuse(c, token) : false; // a key may have any name
    c.set('clientSecret', secret);
    const { key } = secret;
    if (key) {
      const holds = async (): Promise<boolean> =>
        (await keys.named(key.name)).some(({ sha256 }) => sha256 === key.sha256);
      letIn(c, key, holds);
    }
    return true;
  };
  return async (c, next) => {
    c.set('again', async () => {});
    if (isOpen(c) || (await openSecret(c)) || (await keys.isOpen())) return next();
    const token = tokenOf(c.req.raw, tokenReaders);
    if (token === '' && c.get('openPath') === 'late') return next();
    const key = (token === '' ? undefined : await keys.find(token)) ?? (await refuse(c, token));
    letIn(c, key, async () => (await keys.find(token)) !== undefined);
    await next();
  };
}

/** @param holds asked again before each further thing over a socket */
function letIn(c: Context<HttpEnv>, key: NamedKey, holds: () => Promise<boolean>): void {
  c.set('key', key);
  c.set('client', `key:${key.name}`);
  c.set('again', async () => {
    if (!(await holds())) throw new SpeechFailure({ code: 'invalid_api_key', missing: false });
  });
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
