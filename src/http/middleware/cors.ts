import type { Context, Hono, MiddlewareHandler } from 'hono';
import ipaddr from 'ipaddr.js';
import { SpeechFailure } from '../../core/errors.ts';
import type { KeyRing } from '../../services/keys.ts';
import type { HttpEnv } from '../env.ts';
import { isProbe } from './open-paths.ts';

const methods: readonly string[] = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];
const usualHeaders = 'Authorization, api-key, xi-api-key, model, Content-Type, X-Request-ID';
/** A list of header names (RFC 9110, 5.6.2), no longer than anybody needs. */
const headerNames = /^[\w!#$%&'*+.^`|~-]{1,100}(?:[ \t]*,[ \t]*[\w!#$%&'*+.^`|~-]{1,100}){0,63}$/;
const MAX_HEADER_NAMES = 2048;
/** What Chromium believes at most. */
const MAX_AGE_SECONDS = 7200;

/** All that an answer may say beyond the few headers that a page can always read. */
const exposed: string = [
  ...[
    'X-Request-ID',
    'X-Speech-ID',
    'X-Engine',
    'X-Voice-Confirmed',
    'X-Voice',
    'X-Text-Passed-Over',
    'X-Cache',
    'X-Audio-Sample-Rate',
    'Server-Timing',
  ],
  ...['Content-Length', 'Content-Range', 'Content-Disposition', 'Accept-Ranges', 'ETag', 'Age', 'Allow'],
  ...['Retry-After', 'Retry-After-Ms', 'X-Should-Retry', 'WWW-Authenticate', 'RateLimit', 'RateLimit-Policy'],
  ...['', '-Requests', '-Tokens'].flatMap((what) =>
    ['Limit', 'Remaining', 'Reset'].map((member) => `X-RateLimit-${member}${what}`),
  ),
].join(', ');

/**
 * CORS on every reply; any OPTIONS is answered 200 and empty, before the key is asked for (as Fish-Speech-Go does). A
 * preflight may use the methods of its route and the headers that it names: our own clients are many, and the key is what
 * protects. With `origins` only their pages may use the server at all: see `mayUse`.
 */
export function cors(
  app: Hono<HttpEnv>,
  origins: readonly string[],
  keys: Pick<KeyRing, 'isOpen'>,
): MiddlewareHandler<HttpEnv> {
  return async (c, next) => {
    const restricted = origins.length > 0;
    const origin = c.req.header('origin');
    if (restricted && !(await mayUse(c, origins, keys))) throw new SpeechFailure({ code: 'origin_refused' });
    if (c.req.method === 'OPTIONS') c.res = preflight(c, app);
    else await next();
    const { headers } = c.res;
    headers.set('access-control-expose-headers', exposed);
    if (!restricted) headers.set('access-control-allow-origin', '*');
    else {
      headers.append('vary', 'Origin');
      if (origin !== undefined && origins.includes(origin))
        headers.set('access-control-allow-origin', origin);
    }
  };
}

function preflight(c: Context<HttpEnv>, app: Hono<HttpEnv>): Response {
  const asked = c.req.header('access-control-request-headers')?.trim() ?? '';
  const isList = asked.length <= MAX_HEADER_NAMES && headerNames.test(asked);
  return new Response(null, {
    status: 200,
    headers: {
      'content-length': '0',
      'access-control-allow-methods': methodsOf(app, c.req.path),
      'access-control-allow-headers': isList ? asked : usualHeaders,
      'access-control-max-age': String(MAX_AGE_SECONDS),
      vary: 'Access-Control-Request-Method, Access-Control-Request-Headers',
    },
  });
}

/** Those that the route of a path takes; all, where there is none. */
function methodsOf(app: Hono<HttpEnv>, path: string): string {
  const taken = methods.filter((method) =>
    app.router.match(method, path)[0].some(([[, route]]) => route.method === method),
  );
  return [...(taken.length > 0 ? taken : methods), 'OPTIONS'].join(', ');
}

/** Names that no stranger can point at this machine: without a dot, or of networks that are private by definition. */
const privateNames = /^[^.]+$|\.(?:localhost|local|internal|home\.arpa)$/;

/**
 * Whether the page behind a request, if there is one, is of one of `origins` or of this server. Programs send no `Origin`. A
 * page cannot leave it out where it could read an answer or send one of ours anything but a plain GET; for those its
 * `Referer` speaks. Where no key is asked for, the name in the address must be ours too: a page whose own name points at
 * this machine (DNS rebinding) looks like one of the server's own.
 */
async function mayUse(
  c: Context<HttpEnv>,
  origins: readonly string[],
  keys: Pick<KeyRing, 'isOpen'>,
): Promise<boolean> {
  const why = c.get('openPath');
  if (isProbe(why)) return true; // a load balancer asks under any name, and no page can read the answer
  const host = hostOf(c);
  if ((await keys.isOpen()) && !isOurs(host, origins)) return false;
  const page = pageOf(c);
  if (page === undefined || why === 'signed') return true;
  return origins.includes(page) || (isOurs(host, []) && URL.canParse(page) && new URL(page).host === host);
}

/** Whether no other web page sent it: a program did, or a page of this server, under a name that no stranger can point at it. */
export function isOfNoOtherPage(c: Context<HttpEnv>): boolean {
  const host = hostOf(c);
  const page = pageOf(c);
  if (!isOurs(host, [])) return false;
  return page === undefined || (URL.canParse(page) && new URL(page).host === host);
}

/** The origin of the page that sent it; `null` for one that hides; undefined where none did. */
function pageOf(c: Context<HttpEnv>): string | undefined {
  const origin = c.req.header('origin');
  if (origin !== undefined) return origin;
  const referer = c.req.header('referer') ?? '';
  if (URL.canParse(referer)) return new URL(referer).origin;
  const site = c.req.header('sec-fetch-site') ?? 'none';
  return site === 'none' || site === 'same-origin' ? undefined : 'null';
}

/** As the client sees it, with a port that is not the usual one. */
function hostOf(c: Context<HttpEnv>): string {
  return (c.req.header('host') ?? new URL(c.req.url).host).toLowerCase();
}

function isOurs(host: string, origins: readonly string[]): boolean {
  const name = host.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
  if (ipaddr.isValid(name) || privateNames.test(name)) return true;
  return origins.some((origin) => new URL(origin).hostname === name);
}
