import { readFile } from 'node:fs/promises';
import * as z from 'zod';
import { type Connection, Connections, proxyFor } from './connection.ts';
import { PackFailure } from './failure.ts';
import { type Env, type NpmSettings, readNpmSettings } from './npmrc.ts';

const NPMJS = 'https://registry.npmjs.org/';
const MAX_REDIRECTS = 20;
/** The list of a package's versions: a large one has some megabytes. */
const MAX_LIST_BYTES = 64 * 1024 * 1024;

/** What the user's npm would say to one address. */
interface Key {
  readonly authorization?: string;
  readonly certfile?: string;
  readonly keyfile?: string;
}

/** Asks the user's npm registry: with the addresses, keys, certificates and proxies that npm itself would use. */
export class RegistryClient {
  readonly #settings: NpmSettings;
  readonly #env: Env;
  readonly #connections = new Connections();
  readonly #signal: AbortSignal;

  static async open(env: Env, signal: AbortSignal): Promise<RegistryClient> {
    const settings = await readNpmSettings(env);
    if (settings.isOn('offline')) throw new PackFailure('unreachable', 'npm is set to be offline');
    return new RegistryClient(settings, env, signal);
  }

  private constructor(settings: NpmSettings, env: Env, signal: AbortSignal) {
    this.#settings = settings;
    this.#env = env;
    this.#signal = signal;
  }

  /** The answer that holds the tarball of one version. */
  async tarball(name: string, version: string): Promise<Response> {
    return this.#get(await this.#tarballUrl(name, version), 'application/octet-stream, */*;q=0.8');
  }

  /** Ends its connections. */
  async close(): Promise<void> {
    await this.#connections.close();
  }

  async #tarballUrl(name: string, version: string): Promise<URL> {
    const main = this.#settings.text('registry') ?? NPMJS;
    const [scope] = name.split('/');
    const registry = (name.startsWith('@') && this.#settings.text(`${scope}:registry`)) || main;
    const list = new URL(`${registry.replace(/\/+$/, '')}/${name.replace('/', '%2f')}`);
    const accept = 'application/vnd.npm.install-v1+json; q=1.0, application/json; q=0.8, */*';
    const tarball = tarballOf(await textOf(await this.#get(list, accept)), version);
    if (tarball === undefined) throw new Error(`${list.host} has no version ${version}`);
    // Mirrors hand on lists that name the registry they copied.
    const replaced = this.#settings.text('replace-registry-host') ?? 'npmjs';
    const url = new URL(tarball, list);
    if (replaced === 'never') return url;
    const host = replaced === 'npmjs' ? new URL(NPMJS).host : replaced;
    return replaced === 'always' || url.host === host ? new URL(url.pathname, main) : url;
  }

  /** Follows redirects by itself: each address has a key and a proxy of its own. */
  async #get(from: URL, accept: string): Promise<Response> {
    let url = from;
    for (let count = 0; count <= MAX_REDIRECTS; count++) {
      const key = this.#keyOf(url);
      const headers = {
        accept,
        'user-agent': this.#env.npm_config_user_agent ?? 'fish-edge',
        ...(key.authorization && { authorization: key.authorization }),
      };
      const init = { headers, redirect: 'manual', signal: this.#signal } as const;
      const response = await this.#connections.fetch(
        withoutUser(url),
        init,
        await this.#connection(url, key),
      );
      const location = response.headers.get('location');
      if (response.status < 300 || response.status > 399 || !location) return await good(response, url);
      await response.body?.cancel();
      url = new URL(location, url);
    }
    throw new Error(`${from.host}: more than ${MAX_REDIRECTS} redirects`);
  }

  /** By the longest part of its path that has one, as npm looks; else by that of the registry, on the registry's host. */
  #keyOf(url: URL): Key {
    const own = this.#keyBelow(url);
    if (own) return own;
    if (url.username)
      return { authorization: basicOf(decodeURIComponent(`${url.username}:${url.password}`)) };
    const registry = new URL(this.#settings.text('registry') ?? NPMJS);
    return (registry.host === url.host && this.#keyBelow(registry)) || {};
  }

  #keyBelow(url: URL): Key | undefined {
    for (
      let at = `//${url.host}${url.pathname}`;
      at.length > '//'.length;
      at = at.replace(/([^/]+|\/)$/, '')
    ) {
      const of = (name: string): string | undefined => this.#settings.text(`${at}:${name}`);
      const [certfile, keyfile] = [of('certfile'), of('keyfile')];
      const authorization = authorizationOf(of);
      if (!authorization && !(certfile && keyfile)) continue;
      return { ...(authorization && { authorization }), ...(certfile && keyfile && { certfile, keyfile }) };
    }
    return undefined;
  }

  async #connection(url: URL, key: Key): Promise<Connection> {
    const settings = this.#settings;
    const cafile = settings.path('cafile');
    const ca = (cafile && (await readFile(cafile, 'utf8').catch(() => undefined))) || settings.list('ca');
    const cert = key.certfile ? await readFile(key.certfile, 'utf8') : settings.text('cert');
    const secret = key.keyfile ? await readFile(key.keyfile, 'utf8') : settings.text('key');
    const proxy = proxyFor(url, settings, this.#env);
    return {
      ...(proxy && { proxy }),
      tls: {
        ...(ca && { ca: typeof ca === 'string' ? ca : [...ca] }),
        ...(cert && { cert }),
        ...(secret && { key: secret }),
        rejectUnauthorized: !settings.isOff('strict-ssl'),
      },
    };
  }
}

function authorizationOf(of: (name: string) => string | undefined): string | undefined {
  const [token, basic, user, password] = [of('_authToken'), of('_auth'), of('username'), of('_password')];
  if (token) return `Bearer ${token}`;
  if (basic) return `Basic ${basic}`;
  if (!user || !password) return undefined;
  return basicOf(`${user}:${Buffer.from(password, 'base64').toString()}`);
}

function basicOf(userAndPassword: string): string {
  return `Basic ${Buffer.from(userAndPassword).toString('base64')}`;
}

/** `fetch` takes no address with a name in it, and no message may show one. */
function withoutUser(url: URL): string {
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  return bare.href;
}

async function good(response: Response, url: URL): Promise<Response> {
  if (response.ok && response.body) return response;
  await response.body?.cancel();
  throw new Error(`${response.status} ${response.statusText} - GET ${withoutUser(url)}`);
}

async function textOf(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_LIST_BYTES) throw new Error(`a list of versions of more than ${MAX_LIST_BYTES} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

const versionList = z.object({ versions: z.record(z.string(), z.unknown()) });
const oneVersion = z.object({ dist: z.object({ tarball: z.string() }) });

/** Where the registry says that the version is. */
function tarballOf(list: string, version: string): string | undefined {
  const found = versionList.parse(JSON.parse(list)).versions[version];
  return found === undefined ? undefined : oneVersion.parse(found).dist.tarball;
}
