import type { App } from '../app.ts';
import type { Config } from '../config/config.ts';
import type { Ports } from '../ports.ts';
import type { Listener } from './local.ts';

/** Bun's own fetch keeps connections alive; its 5 minute timeout is switched off, as the engine owns all deadlines. */
export const bunFetch: Ports['fetch'] = (url, init) => fetch(url, { ...init, timeout: false } as RequestInit);

/** @throws when the address cannot be taken */
export async function serveBun(app: App, config: Config): Promise<Listener> {
  const { host, port } = config['server.listen'];
  const server = Bun.serve({
    hostname: host,
    port,
    idleTimeout: maxIdleSeconds,
    maxRequestBodySize: Number.MAX_SAFE_INTEGER, // the app counts while it reads, and answers 413 with a body
    fetch(request, instance) {
      instance.timeout(request, 0); // speech may pause for longer than any idle timeout; the app has its own deadlines
      return app.fetch(request, instance.requestIP(request)?.address);
    },
  });
  return {
    host,
    port: server.port ?? port,
    stop: () => server.stop(false),
    kill: () => void server.stop(true),
  };
}

/** Between requests; Bun allows at most 255. */
const maxIdleSeconds = 65;
