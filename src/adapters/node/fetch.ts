import type { Config } from '../../config/config.ts';
import type { Ports } from '../../core/ports.ts';
import { pooledReads, webBody } from './body.ts';

/** By then the server listens. */
const LOAD_AFTER_MS = 500;

/**
 * Keep-alive pool towards the origin. The engine owns all deadlines, so the pool has none of its own. It is loaded after the
 * server listens, as it takes a fifth of the start-up.
 */
export function nodeFetch(config: Config): Ports['fetch'] {
  const load = async (): Promise<Ports['fetch']> => {
    // By their defaults: of libraries in CommonJS, as undici is, a bundle's `import()` gives nothing else.
    const [{ default: undici }, { RuntimeResponse }] = await Promise.all([
      import('undici'),
      import('./listener.ts'),
    ]);
    const { Agent, buildConnector, fetch, request } = undici;
    const timeout = config['backend.timeout'];
    const plain = buildConnector({ timeout, ...pooledReads });
    const secure = buildConnector({ timeout });
    const dispatcher = new Agent({
      connections: config['backend.max_connections'],
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: (to, done) => (to.protocol === 'https:' ? secure : plain)(to, done),
    });
    return async (url: string, init?: RequestInit): Promise<Response> => {
      if (init?.method !== 'POST' || !(init.body instanceof Uint8Array)) {
        return fetch(url, { ...init, dispatcher } as Parameters<typeof fetch>[1]) as unknown as Response;
      }
      const { body, signal } = init;
      const headers = init.headers as Record<string, string>;
      const answer = await request(url, {
        method: 'POST',
        headers,
        body,
        signal: signal ?? null,
        dispatcher,
      });
      return new RuntimeResponse(withoutBody.has(answer.statusCode) ? null : webBody(answer.body), {
        status: answer.statusCode,
        headers: answer.headers as Record<string, string>, // a list becomes one value
      });
    };
  };
  let loading: ReturnType<typeof load> | undefined;
  const loaded = (): ReturnType<typeof load> => {
    loading ??= load();
    return loading;
  };
  setTimeout(() => void loaded().catch(() => {}), LOAD_AFTER_MS).unref(); // a failure is told to whoever fetches
  return async (url, init) => (await loaded())(url, init);
}

/** `Response` refuses a body with these (Fetch, null body status). */
const withoutBody: ReadonlySet<number> = new Set([204, 205, 304]);
