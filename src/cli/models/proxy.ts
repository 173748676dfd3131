import type { DownloadContext } from './source.ts';

/** `fetch` that honours HTTP_PROXY, HTTPS_PROXY and NO_PROXY: Bun's and Deno's do by themselves, Node's does not. */
export async function fetchThroughProxy(env: DownloadContext['env']): Promise<typeof globalThis.fetch> {
  const httpProxy = env.http_proxy ?? env.HTTP_PROXY;
  const httpsProxy = env.https_proxy ?? env.HTTPS_PROXY;
  const isNode = !('Bun' in globalThis) && !('Deno' in globalThis);
  if (!isNode || !(httpProxy || httpsProxy)) return globalThis.fetch;
  const { EnvHttpProxyAgent, fetch } = await import('undici');
  const noProxy = env.no_proxy ?? env.NO_PROXY;
  const dispatcher = new EnvHttpProxyAgent({
    ...(httpProxy && { httpProxy }),
    ...(httpsProxy && { httpsProxy }),
    ...(noProxy && { noProxy }),
  });
  type Init = Parameters<typeof fetch>[1];
  const proxied = (input: string, init?: RequestInit) => fetch(input, { ...(init as Init), dispatcher });
  return proxied as unknown as typeof globalThis.fetch;
}
