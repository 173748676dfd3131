import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, request as forward, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer, type ServerOptions } from 'node:https';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { temporaryFolder } from './support.ts';

export interface TestRegistry {
  /** Ends with a slash. */
  readonly url: string;
  readonly requests: string[];
  /** The Authorization of each. */
  readonly keys: (string | undefined)[];
}

/** A registry with one package, `@voices/test-voice` 1.2.3. */
export async function serveRegistry(
  tarball: Uint8Array,
  options: {
    readonly folder?: string;
    /** The Authorization that it wants. */
    readonly key?: string;
    readonly tls?: ServerOptions;
    /** Where the package says that its tarball is. */
    readonly tarball?: string;
    /** Where it sends those who ask for the tarball. */
    readonly redirect?: string;
  } = {},
): Promise<TestRegistry> {
  const registry = { url: '', requests: [] as string[], keys: [] as (string | undefined)[] };
  const answer: RequestListener = (request, response) => {
    registry.requests.push(String(request.url));
    registry.keys.push(request.headers.authorization);
    if (options.key && request.headers.authorization !== options.key)
      return void response.writeHead(401).end('{}');
    if (request.url?.endsWith('.tgz')) {
      if (!options.redirect) return void response.end(tarball);
      return void response.writeHead(302, { location: options.redirect }).end();
    }
    const dist = { tarball: options.tarball ?? `${registry.url}@voices/test-voice/-/voice.tgz` };
    const versions = { '1.2.3': { name: '@voices/test-voice', version: '1.2.3', dist } };
    const packument = { name: '@voices/test-voice', 'dist-tags': { latest: '1.2.3' }, versions };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(packument));
  };
  const server = options.tls ? createTlsServer(options.tls, answer) : createServer(answer);
  registry.url = `${options.tls ? 'https' : 'http'}://${await listen(server)}${options.folder ?? ''}/`;
  return registry;
}

/** A proxy: absolute addresses and tunnels; with `user`, only for those who say `name:password`. */
export async function serveProxy(
  user?: string,
): Promise<{ readonly url: string; readonly requests: string[] }> {
  const requests: string[] = [];
  const wanted = user && `Basic ${Buffer.from(user).toString('base64')}`;
  const server = createServer((request, response) => {
    requests.push(String(request.url));
    if (wanted && request.headers['proxy-authorization'] !== wanted)
      return void response.writeHead(407).end();
    const { 'proxy-authorization': _, ...headers } = request.headers;
    const onward = forward(String(request.url), { method: request.method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    onward.on('error', () => response.destroy());
    request.pipe(onward);
  });
  server.on('connect', (request, socket: Socket) => {
    requests.push(`CONNECT ${request.url}`);
    const [host, port] = String(request.url).split(':');
    const target = connect(Number(port), host, () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
    target.on('error', () => socket.destroy());
    socket.on('error', () => target.destroy());
    target.pipe(socket).pipe(target);
  });
  return { url: `http://${await listen(server)}`, requests };
}

/** A SOCKS5 proxy for addresses of IPv4 and names, without a key; `requests` are the hosts that it reached. */
export async function serveSocks(): Promise<{ readonly url: string; readonly requests: string[] }> {
  const requests: string[] = [];
  const server = createTcpServer((socket) => {
    let head = Buffer.alloc(0);
    let greeted = false;
    socket.on('error', () => undefined);
    const read = (chunk: Buffer): void => {
      head = Buffer.concat([head, chunk]);
      if (!greeted && head.length >= 2 && head.length >= 2 + head.readUInt8(1)) {
        head = head.subarray(2 + head.readUInt8(1));
        greeted = true;
        socket.write(Buffer.from([5, 0]));
      }
      if (!greeted || head.length < 5) return;
      const isName = head.readUInt8(3) === 3;
      const end = isName ? 5 + head.readUInt8(4) : 8;
      if (head.length < end + 2) return;
      socket.off('data', read);
      const host = isName ? head.toString('latin1', 5, end) : head.subarray(4, 8).join('.');
      requests.push(`${host}:${head.readUInt16BE(end)}`);
      const target = connect(head.readUInt16BE(end), host, () => {
        socket.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
        target.pipe(socket).pipe(target);
      });
      target.on('error', () => socket.destroy());
    };
    socket.on('data', read);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { url: `socks5://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A certificate that nobody knows, for 127.0.0.1 or a host: it vouches for itself, for a server and for a client. */
export function certificates(host?: string): {
  certificate: string;
  key: string;
  path: string;
  keyPath: string;
} {
  const folder = temporaryFolder();
  const [path, keyPath] = [join(folder, 'certificate.pem'), join(folder, 'key.pem')];
  const names = `subjectAltName=${host ? `DNS:${host}` : 'IP:127.0.0.1,DNS:localhost'}`;
  const made = [
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-days',
    '2',
  ];
  const what = ['-subj', '/CN=localhost', '-addext', names, '-keyout', keyPath, '-out', path];
  execFileSync('openssl', [...made, ...what], { stdio: 'pipe' });
  return { certificate: readFileSync(path, 'utf8'), key: readFileSync(keyPath, 'utf8'), path, keyPath };
}
