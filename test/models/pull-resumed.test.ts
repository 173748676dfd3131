import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { dataFolder, installedPack, packFolder, readRecord } from '../../src/adapters/local/packs.ts';
import { hashFile } from '../../src/cli/models/part.ts';
import { joePack } from '../../src/engine/onnx/packs/piper.ts';
import { startServer } from '../conformance/server.ts';
import { certificates } from './npm-support.ts';
import { sendRange, temporaryFolder } from './support.ts';

const isThere = (await installedPack(dataFolder(), joePack)) !== undefined;
const why = isThere ? '' : ' (skipped: joe is not installed)';
const [weights, config] = joePack.files.map(({ name }) => name) as [string, string];
const host = 'huggingface.co';
/** Sent of the first answer, which never ends. */
const FIRST_BYTES = 5_000_000;

interface Origin {
  readonly proxy: string;
  /** Path of what may vouch for it. */
  readonly certificate: string;
  /** Names of files and their Range headers. */
  readonly requests: readonly string[];
}

/** The host of the voice, behind a proxy that takes everybody to it. It stands still in the middle of the first file. */
async function startOrigin(): Promise<Origin> {
  const { certificate: cert, key, path } = certificates(host);
  const requests: string[] = [];
  const origin = createTlsServer({ cert, key }, (request, response) => {
    const name = String(request.url?.split('/').at(-1));
    const bytes = readFileSync(join(packFolder(dataFolder(), joePack.id), name));
    requests.push([name, request.headers.range].filter(Boolean).join(' '));
    if (requests.length > 1) return sendRange(request, response, bytes);
    response.writeHead(200, { etag: '"v1"', 'content-length': bytes.length });
    response.write(bytes.subarray(0, FIRST_BYTES));
  });
  const port = await listen(origin);
  const proxy = createServer().on('connect', (_, socket) => {
    const target = connect(port, '127.0.0.1', () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
    target.on('error', () => socket.destroy());
    socket.on('error', () => target.destroy());
    target.pipe(socket).pipe(target);
  });
  return { proxy: `http://127.0.0.1:${await listen(proxy)}`, certificate: path, requests };
}

async function listen(server: ReturnType<typeof createServer>): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

test.skipIf(why).each(['node', 'bun'] as const)(
  `on %s, a pull over HTTP goes on where a server that was killed had left it${why}`,
  { timeout: 240_000 },
  async (runtime) => {
    const folder = temporaryFolder();
    const { proxy, certificate, requests } = await startOrigin();
    const env = {
      FISH_BACKEND: 'http://127.0.0.1:9',
      FISH_FALLBACK: 'false',
      FISH_DATA_DIR: folder,
      HOME: folder, // no settings of the tester's npm
      PATH: '', // no pip
      HTTPS_PROXY: proxy,
      NODE_EXTRA_CA_CERTS: certificate,
    };
    const start = async () => {
      const server = await startServer(runtime, { env });
      onTestFinished(() => server.stop());
      return server;
    };
    const path = `/v1/admin/models/${joePack.id}`;

    const first = await start();
    const asked = await fetch(first.url + path, { method: 'POST' });
    const told = asked.text().catch(() => 'broken off');
    const part = join(folder, 'partial', joePack.id, `${weights}.part`);
    await expect.poll(() => existsSync(part) && statSync(part).size, { timeout: 60_000 }).toBe(FIRST_BYTES);
    first.signal('SIGKILL');
    await first.exited;
    expect(await told).toBe('broken off');

    const second = await start();
    const pulled = await fetch(second.url + path, { method: 'POST' });
    expect(await pulled.text()).toContain('model.pull.done');
    expect(requests).toEqual([weights, `${weights} bytes=${FIRST_BYTES}-`, config]);
    const { files = {} } = (await readRecord(folder, joePack.id)) ?? {};
    for (const { name, sha256 } of joePack.files)
      expect(await hashFile(join(packFolder(folder, joePack.id), name))).toBe(sha256);
    for (const { name, sha256 } of Object.values(files))
      expect(await hashFile(join(packFolder(folder, joePack.id), name))).toBe(sha256);
    expect(Object.keys(files).length).toBeGreaterThan(joePack.files.length); // it is prepared too
    expect(existsSync(part)).toBe(false);
  },
);
