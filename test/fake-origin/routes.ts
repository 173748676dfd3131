import type { IncomingMessage, ServerResponse } from 'node:http';
import { decodeBody, readBody } from './bodies.ts';
import type { Hold } from './hold.ts';
import type { ServerLoop } from './loop.ts';
import { openApi } from './openapi.ts';
import type { Profile } from './profiles.ts';
import { listReferences, REFERENCE_ROUTES, type References } from './references.ts';
import { OriginError, replyError, replyJson, replyNegotiated } from './replies.ts';
import { parseTts } from './schema.ts';
import { type SpeakSettings, speak } from './speak.ts';
import { makeTrouble, type Trouble } from './trouble.ts';
import { answerVqgan, VQGAN_ROUTES } from './vqgan.ts';

/** One request as the origin saw it. Times are `performance.now()` of the origin. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly at: number;
  /** As the origin decoded it; undefined until then. */
  body?: unknown;
  /** When its generation began: until then it waited for others. */
  beganAt?: number;
  /** When its answer was complete, generation included. */
  doneAt?: number;
  /** When all of its answer had left for the client's socket. */
  sentAt?: number;
  /** When its socket closed although the answer was not complete, and the origin had not dropped it itself. */
  leftAt?: number;
}

export interface Server {
  readonly key: string;
  readonly profile: Profile;
  readonly speaking: SpeakSettings;
  readonly references: References;
  readonly loop: ServerLoop;
  readonly hold: Hold;
  /** What goes wrong with references and the codec; may change at any time. */
  trouble: Trouble;
}

const SPEAKING: Record<string, string> = {
  '/v1/tts': 'POST',
  ...Object.fromEntries(Object.keys(VQGAN_ROUTES).map((path) => [path, 'POST'])),
};
const REFERENCES: Record<string, string> = {
  '/v1/references/list': 'HEAD, GET',
  ...Object.fromEntries(Object.entries(REFERENCE_ROUTES).map(([path, route]) => [path, route.allow])),
};

/** The methods of a route; undefined where there is none. */
function methodsOf(path: string, { healthMethods, hasReferences, hasWebUi }: Profile): string | undefined {
  if (path === '/v1/health') return healthMethods;
  if (path === '/ui') return hasWebUi ? 'HEAD, GET' : undefined;
  return SPEAKING[path] ?? (hasReferences ? REFERENCES[path] : undefined);
}

/** Order of checks as upstream (docs/fish-speech.md, order of checks): CORS, key, method, body, schema, handler. */
export async function serve(
  server: Server,
  request: IncomingMessage,
  response: ServerResponse,
  seen: SeenRequest,
): Promise<void> {
  await server.loop.free();
  try {
    if (answerOpen(server.profile, seen.path, response)) return;
    const allow = methodsOf(seen.path, server.profile);
    if (allow === undefined) throw new OriginError(404, null);
    if (request.headers.origin !== undefined && answerCors(request, response)) return;
    checkKey(server.key, request.headers.authorization);
    if (!allow.split(', ').includes(seen.method)) {
      response.writeHead(405, { allow, 'content-length': '0' }).end();
      return;
    }
    await answer(server, request, response, seen);
  } catch (error) {
    replyError(response, error);
  }
}

async function answer(
  server: Server,
  request: IncomingMessage,
  response: ServerResponse,
  seen: SeenRequest,
): Promise<void> {
  const { profile, references } = server;
  if (seen.path === '/v1/health') {
    if (seen.method === 'OPTIONS') response.writeHead(200, { 'content-length': '0' }).end();
    else replyJson(response, 200, { status: 'ok' });
    return;
  }
  if (seen.path === '/ui') {
    replyJson(response, 404, { error: 'WebUI not built. Run: cd awesome_webui && npm run build' });
    return;
  }
  const query = new URLSearchParams(seen.query);
  const accept = request.headers.accept ?? '';
  if (seen.path !== '/v1/tts' && makeTrouble(server.trouble, response)) return;
  if (seen.path === '/v1/references/list') {
    const { status, body } = listReferences(references);
    replyNegotiated(response, status, body, query, accept, profile.namesJsonInFull);
    return;
  }
  const bytes = await readBody(request);
  seen.body = await decodeBody(bytes, request.headers['content-type'] ?? '', profile.takesForms);
  const route = REFERENCE_ROUTES[seen.path];
  if (route) {
    const { status, body } = route.run(references, seen.body, profile);
    replyNegotiated(response, status, body, query, accept, profile.namesJsonInFull);
    return;
  }
  const codec = VQGAN_ROUTES[seen.path];
  if (codec) {
    await answerVqgan(codec, seen.body, profile, server.loop, response);
    return;
  }
  const asked = parseTts(seen.body, profile);
  const options = { ...server.speaking, profile, references, hold: server.hold };
  await speak(asked, options, server.loop, response, () => {
    seen.beganAt = performance.now();
  });
}

/** The pages that are never behind the key. True when it was one of them. */
function answerOpen(profile: Profile, path: string, response: ServerResponse): boolean {
  if (path === '/json') replyJson(response, 200, openApi(profile));
  else if (path === '/') response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Swagger</html>');
  else return false;
  return true;
}

function checkKey(key: string, authorization: string | undefined): void {
  if (key === '') return;
  const at = authorization?.trim().indexOf(' ') ?? -1;
  const given = authorization?.trim() ?? '';
  if (at < 0 || given.slice(0, at) !== 'Bearer')
    throw new OriginError(401, null, { 'www-authenticate': 'Bearer' });
  if (given.slice(at + 1) !== key) throw new OriginError(401, 'Invalid token');
}

/** kui's CORS: any origin is echoed, Authorization is not allowed. True when it was a preflight, answered here. */
function answerCors(request: IncomingMessage, response: ServerResponse): boolean {
  response.setHeader('access-control-allow-origin', request.headers.origin ?? '*');
  response.setHeader('access-control-allow-methods', 'GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS, TRACE');
  response.setHeader(
    'access-control-allow-headers',
    'Accept, Accept-Language, Content-Language, Content-Type',
  );
  response.setHeader('access-control-allow-credentials', 'false');
  response.setHeader('access-control-max-age', '600');
  if (request.method !== 'OPTIONS') return false;
  response.writeHead(200, { 'content-length': '0' }).end();
  return true;
}
