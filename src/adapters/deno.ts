import type { App } from '../app.ts';
import type { Config } from '../config/config.ts';
import type { Listener } from './local.ts';

/** The part of Deno's API that is used here (https://docs.deno.com/api/deno/http-server). */
interface DenoServer {
  readonly addr: { readonly hostname: string; readonly port: number };
  shutdown(): Promise<void>;
}

declare const Deno: {
  serve(
    options: { hostname: string; port: number; signal: AbortSignal; onListen: () => void },
    handler: (request: Request, info: { remoteAddr: { hostname?: string } }) => Promise<Response>,
  ): DenoServer;
};

/** @throws when the address cannot be taken */
export async function serveDeno(app: App, config: Config): Promise<Listener> {
  const { host, port } = config['server.listen'];
  const cut = new AbortController();
  const quiet = (): void => {};
  const server = Deno.serve({ hostname: host, port, signal: cut.signal, onListen: quiet }, (request, info) =>
    app.fetch(request, info.remoteAddr.hostname),
  );
  return { host, port: server.addr.port, stop: () => server.shutdown(), kill: () => cut.abort() };
}
