import type { Env, NpmSettings } from './npmrc.ts';

/** How one address is reached. */
export interface Connection {
  readonly proxy?: string;
  readonly tls: {
    readonly ca?: string | string[];
    readonly cert?: string;
    readonly key?: string;
    readonly rejectUnauthorized: boolean;
  };
}

/** `fetch` through proxies and with certificates, the same on every runtime: their own are told of both in other ways, or not. */
export class Connections {
  readonly #open: { destroy(): Promise<void> }[] = [];

  async fetch(url: string, init: RequestInit, connection: Connection): Promise<Response> {
    // Named by its file: for the bare name Bun gives a stub of its own, which knows neither. By its default: in a bundle
    // `import()` of CommonJS gives nothing else.
    const { default: undici } = await import('undici/index.js');
    const { Agent, fetch: fetchVia, ProxyAgent } = undici;
    const { tls } = connection;
    const uri = connection.proxy?.replace(/^socks5h:/, 'socks5:');
    const dispatcher = uri
      ? new ProxyAgent({
          uri,
          proxyTunnel: false,
          requestTls: tls,
          ...(uri.startsWith('https:') && { proxyTls: tls }),
        })
      : new Agent({ connect: tls });
    this.#open.push(dispatcher);
    return (await fetchVia(url, { ...(init as object), dispatcher })) as unknown as Response;
  }

  async close(): Promise<void> {
    await Promise.all(this.#open.splice(0).map((each) => each.destroy()));
  }
}

/** npm's own settings go before those of the environment; `https-proxy` is for every registry. */
export function proxyFor(url: URL, settings: NpmSettings, env: Env): string | undefined {
  const named = settings.text('https-proxy') ?? settings.text('proxy');
  const https = variable(env, 'https_proxy');
  const proxy =
    named ??
    (url.protocol === 'https:' ? https : (https ?? variable(env, 'http_proxy') ?? variable(env, 'proxy')));
  const exceptions = settings.text('noproxy') ?? variable(env, 'no_proxy') ?? '';
  return exceptions.split(',').some((each) => isWithin(url.hostname, each.trim())) ? undefined : proxy;
}

/** In capitals or not. */
function variable(env: Env, name: string): string | undefined {
  return Object.entries(env).find(([key, value]) => key.toLowerCase() === name && value)?.[1];
}

/** `example.com` and `.example.com` mean the host and all below it. */
function isWithin(host: string, domain: string): boolean {
  const bare = domain.replace(/^\.+/, '');
  return bare !== '' && (host === bare || host.endsWith(`.${bare}`));
}
