import { type Context, Hono } from 'hono';
import { matchedRoutes } from 'hono/route';
import { getPath } from 'hono/utils/url';
import { SpeechFailure } from './core/errors.ts';
import { dialects as allDialects } from './dialects/list.ts';
import type { HttpEnv } from './http/env.ts';
import { errorOf, FailureWithResponse, toErrorResponse, usualErrorBody } from './http/error-response.ts';
import { address } from './http/middleware/address.ts';
import { auth } from './http/middleware/auth.ts';
import { cors } from './http/middleware/cors.ts';
import { observe, requestGate, requestId } from './http/middleware/observe.ts';
import { createPathTable, openPaths } from './http/middleware/open-paths.ts';
import { limitHeaders, rateLimit } from './http/middleware/rate-limit.ts';
import type { DialectDeps, HttpDialect, HttpOptions } from './http/options.ts';
import { createClientSecrets } from './services/client-secrets.ts';
import { createPayloadSigner } from './services/payload-signer.ts';
import { createReceipts } from './services/receipts.ts';
import { createLinkSigner } from './services/signed-links.ts';

/** Middleware in its order, then one dialect after the other. */
export function createRouter(
  options: HttpOptions,
  dialects: readonly HttpDialect[] = allDialects,
): Hono<HttpEnv> {
  const { keys, rates, links, ports, state, limits } = options;
  const signer = createPayloadSigner(links.secret, keys, ports.clock);
  const secrets = createClientSecrets(signer);
  const deps: DialectDeps = {
    ...options,
    signer: createLinkSigner(signer),
    secrets,
    receipts: createReceipts(links.secret, options.receiptMaxAgeMs, state.blobs, ports),
    describeApi: options.hasOpenapi === false ? undefined : describerOf(dialects, limits),
  };
  const spellings = dialects.flatMap((each) => each.canonicalPath?.bind(each) ?? []);
  const app = new Hono<HttpEnv>({ getPath: (request) => canonicalPath(request, spellings) });
  /** Whose each route is. */
  const owners = new Map<unknown, string>();
  app.use(openPaths(dialects, options.openMetrics));
  app.use(requestGate(options.ports.clock));
  app.use(requestId);
  app.use(observe(options, (c) => routeOf(c, owners)));
  app.use(cors(app, options.corsOrigins ?? [], keys));
  app.use(address(options.trustedProxies));
  app.use(limitHeaders);
  const tokenReaders = dialects.flatMap(({ token }) => token ?? []);
  const secretPaths = dialects.flatMap((each) => each.secretPaths ?? []);
  const openLists = options.openVoices ?? true;
  app.use(auth({ keys, secrets, secretPaths, rates, openLists, tokenReaders }));
  const speechPaths = dialects.flatMap((each) => each.speechPaths ?? []);
  app.use(rateLimit(rates, speechPaths));
  app.use(async (c, next) => {
    if (c.get('openPath') !== 'alive' && !options.accepting())
      throw new SpeechFailure({ code: 'shutting_down' });
    await next();
  });
  for (const dialect of dialects) {
    const routes = new Hono<HttpEnv>();
    routes.onError((thrown, c) => answerError(c, thrown, dialect.errorBody));
    dialect.mount(routes, deps);
    const before = app.routes.length;
    app.route('/', routes);
    for (const { handler } of app.routes.slice(before)) owners.set(handler, dialect.name);
  }
  const dialectOf = createPathTable(dialects.flatMap((each) => each.paths.map((path) => [path, each])));
  app.notFound(() => {
    throw new SpeechFailure({ code: 'not_found' });
  });
  app.onError((thrown, c) => answerError(c, thrown, dialectOf(c.req.path)?.errorBody ?? usualErrorBody));
  return app;
}

/** The pattern of the route that has answered; whoever asks for what is nowhere chooses no name of his own. */
function routeOf(
  c: Context<HttpEnv>,
  owners: ReadonlyMap<unknown, string>,
): { readonly route: string; readonly dialect: string } {
  const last = matchedRoutes(c)[c.req.routeIndex];
  const dialect = last && owners.get(last.handler);
  return last && dialect !== undefined
    ? { route: last.path, dialect }
    : { route: 'unmatched', dialect: 'none' };
}

/** Made once, when somebody asks: most servers are never asked. */
function describerOf(dialects: readonly HttpDialect[], limits: HttpOptions['limits']): () => Promise<object> {
  let made: object | undefined;
  return async () => {
    if (made) return made;
    const { createDocument } = await import('./openapi/document.ts');
    const document = await createDocument(dialects, limits);
    made = document;
    return document;
  };
}

function answerError(c: Context<HttpEnv>, thrown: unknown, errorBody: HttpDialect['errorBody']): Response {
  const hasLeft = !(thrown instanceof SpeechFailure) && c.req.raw.signal.aborted; // what a runtime throws then is not ours
  const error = hasLeft ? ({ code: 'client_gone' } as const) : errorOf(thrown);
  const isNews = !(thrown instanceof SpeechFailure) || thrown.cause !== undefined;
  c.set('failure', { error, cause: isNews ? ((thrown as Error).cause ?? thrown) : undefined });
  const own = thrown instanceof FailureWithResponse ? thrown.response : undefined;
  const { status, headers, body } = own ?? toErrorResponse(error, errorBody);
  return new Response(c.req.method === 'HEAD' ? null : body, { status, headers });
}

/**
 * The path by which a request finds its route, and by which it is let in: one spelling for what clients write in several.
 * A slash at the end, or two at the beginning, say nothing (base addresses that end in one).
 */
function canonicalPath(
  request: Request,
  spellings: readonly NonNullable<HttpDialect['canonicalPath']>[],
): string {
  let path = getPath(request);
  if (path.startsWith('//')) path = path.slice(1);
  if (path.length > 1 && path.endsWith('/')) path = path.slice(0, -1);
  return spellings.reduce((spelt, spell) => spell(spelt, request.headers) ?? spelt, path);
}
