import type { Context, Hono } from 'hono';
import { accepts } from 'hono/accepts';
import { SpeechFailure } from '../../core/errors.ts';
import { allowMethods } from '../../http/allow-methods.ts';
import type { HttpEnv } from '../../http/env.ts';
import { usualErrorBody } from '../../http/error-response.ts';
import type { DialectDeps, HttpDialect } from '../../http/options.ts';

/** The web page: `/` for browsers, and its files. Whoever asks `/` for anything but HTML is answered by another dialect. */
export const studio: HttpDialect = {
  name: 'studio',
  paths: ['/studio/*'],
  openPaths: { '/studio/:file': 'probe' }, // the page itself asks for the key
  errorBody: usualErrorBody,
  mount: pageRoutes,
};

const contentTypes: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};

/** Nothing from elsewhere, nothing inline, no frame around it. `blob:` is audio that the page made, to play and to save. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "media-src 'self' blob:",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const pageHeaders = {
  'cache-control': 'no-cache',
  vary: 'Accept, Accept-Encoding',
  'content-security-policy': policy,
  'referrer-policy': 'same-origin',
  'permissions-policy': 'microphone=(self), camera=(), geolocation=()',
  'cross-origin-opener-policy': 'same-origin',
};

/** The names of these files change with what is in them. */
const fileHeaders = { 'cache-control': 'public, max-age=31536000, immutable', vary: 'Accept-Encoding' };

function pageRoutes(app: Hono<HttpEnv>, { ports, log }: DialectDeps): void {
  const { readPage } = ports;
  if (!readPage) return;
  let isTold = false;

  app.get('/', async (c, next) => {
    if (!wantsHtml(c)) return next();
    const page = await send(c, 'index.html', pageHeaders);
    if (page) return page;
    if (!isTold) log.warn('the web page was not built', { mend: 'npm run build:studio' });
    isTold = true;
    return next();
  });
  const path = '/studio/:file{[\\w-]+\\.[\\w.-]+}';
  app.get(path, async (c) => {
    const file = await send(c, `studio/${c.req.param('file')}`, fileHeaders);
    if (!file) throw new SpeechFailure({ code: 'not_found' });
    return file;
  });
  allowMethods(app, path, 'GET, HEAD');

  async function send(
    c: Context<HttpEnv>,
    name: string,
    headers: Readonly<Record<string, string>>,
  ): Promise<Response | undefined> {
    const contentType = contentTypes[name.slice(name.lastIndexOf('.') + 1)];
    const file = contentType === undefined ? undefined : await readPage?.(name);
    if (!file || contentType === undefined) return undefined;
    const { bytes, isGzip } = file;
    const asItIs =
      !isGzip || /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i.test(c.req.header('accept-encoding') ?? '');
    return c.body(asItIs ? bytes : await unpack(bytes), 200, {
      ...headers,
      'content-type': contentType,
      'x-content-type-options': 'nosniff',
      ...(isGzip && asItIs && { 'content-encoding': 'gzip' }),
    });
  }
}

/** Browsers name HTML first. What says nothing, or anything at all (`*` and a slash), is a program. */
function wantsHtml(c: Context): boolean {
  const supports = ['application/json', 'text/html'];
  return accepts(c, { header: 'Accept', supports, default: 'application/json' }) === 'text/html';
}

function unpack(bytes: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer> {
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).arrayBuffer();
}
