import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { pullPack } from '../../src/cli/models/pull.ts';
import {
  bareEnv,
  breakOff,
  packOf,
  pullOptions,
  recorder,
  sendRange,
  serve,
  someBytes,
  temporaryFolder,
  urlSource,
} from './support.ts';

const voice = someBytes(300_000);
const staged = (dataDir: string): string => join(dataDir, 'partial', 'test-pack');

test('a file that breaks off is taken up where it broke off', async () => {
  const dataDir = temporaryFolder();
  const progress = recorder();
  const server = await serve((request, response, nth) =>
    nth === 1 ? breakOff(response, voice, 100_000, progress) : sendRange(request, response, voice),
  );
  const pack = await pullPack(
    packOf({ voice }, [urlSource(server.url, 'voice')]),
    pullOptions(dataDir, { progress }),
  );
  expect(readFileSync(pack.files.voice ?? '')).toEqual(Buffer.from(voice));
  expect(server.requests).toEqual(['/voice', '/voice bytes=100000-']);
  expect(existsSync(staged(dataDir))).toBe(false);
});

test('a later run continues what an earlier one left', async () => {
  const dataDir = temporaryFolder();
  const progress = recorder();
  let healthy = false;
  const server = await serve((request, response) =>
    healthy ? sendRange(request, response, voice) : breakOff(response, voice, 120_000, progress),
  );
  const pack = packOf({ voice }, [urlSource(server.url, 'voice')]);
  await expect(pullPack(pack, pullOptions(dataDir, { progress }))).rejects.toThrow('broke off');
  expect(existsSync(join(dataDir, 'packs', 'test-pack', 'voice'))).toBe(false);
  healthy = true;
  await pullPack(pack, pullOptions(dataDir));
  expect(server.requests.at(-1)).toBe('/voice bytes=120000-');
});

test('a server that ignores ranges makes it start again', async () => {
  const dataDir = temporaryFolder();
  const progress = recorder();
  const server = await serve((_, response, nth) => {
    if (nth === 1) breakOff(response, voice, 100_000, progress);
    else response.writeHead(200, { etag: '"v1"' }).end(voice);
  });
  const pack = await pullPack(
    packOf({ voice }, [urlSource(server.url, 'voice')]),
    pullOptions(dataDir, { progress }),
  );
  expect(readFileSync(pack.files.voice ?? '')).toEqual(Buffer.from(voice));
});

test('a file that changed at the server is not glued to the old beginning', async () => {
  const progress = recorder();
  const old = someBytes(300_000, 7);
  const server = await serve((request, response, nth) =>
    nth === 1
      ? breakOff(response, old, 100_000, progress, '"old"')
      : sendRange(request, response, voice, '"new"'),
  );
  const pack = await pullPack(
    packOf({ voice }, [urlSource(server.url, 'voice')]),
    pullOptions(temporaryFolder(), { progress }),
  );
  expect(readFileSync(pack.files.voice ?? '')).toEqual(Buffer.from(voice));
});

test('an old beginning with wrong bytes is thrown away and all of it asked for once more', async () => {
  const dataDir = temporaryFolder();
  const progress = recorder();
  const old = someBytes(300_000, 7);
  const server = await serve((request, response, nth) =>
    nth === 1 ? breakOff(response, old, 100_000, progress) : sendRange(request, response, voice),
  );
  const pack = await pullPack(
    packOf({ voice }, [urlSource(server.url, 'voice')]),
    pullOptions(dataDir, { progress }),
  );
  expect(readFileSync(pack.files.voice ?? '')).toEqual(Buffer.from(voice));
  expect(server.requests).toEqual(['/voice', '/voice bytes=100000-', '/voice']);
});

test('wrong bytes are refused and deleted, and the message says what to do', async () => {
  const dataDir = temporaryFolder();
  const wrong = someBytes(voice.length, 9);
  const server = await serve((request, response) => sendRange(request, response, wrong));
  const pulling = pullPack(packOf({ voice }, [urlSource(server.url, 'voice')]), pullOptions(dataDir));
  const error = await pulling.catch((reason: unknown) => reason);
  expect(error).toMatchObject({ kind: 'wrong-content' });
  expect(String(error)).toContain(`${server.url}/voice: not the file fish-edge knows (sha256`);
  expect(String(error)).toMatch(/deleted[\s\S]*Try again on another network, or update fish-edge/);
  expect(
    readdirSync(dataDir, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()),
  ).toEqual([]);
});

test('a server that never stops sending is cut off at the size of the file', async () => {
  const server = await serve((_, response) => {
    response.writeHead(200);
    const send = (): void => void response.write(someBytes(65_536), (error) => error ?? setImmediate(send));
    send();
  });
  const pulling = pullPack(
    packOf({ voice }, [urlSource(server.url, 'voice')]),
    pullOptions(temporaryFolder()),
  );
  await expect(pulling).rejects.toThrow('more than 300000 bytes');
});

test('a 404 leads to the next source, which is not asked for what is already here', async () => {
  const progress = recorder();
  const config = someBytes(50);
  const first = await serve((request, response) =>
    request.url === '/config' ? sendRange(request, response, config) : response.writeHead(404).end('no'),
  );
  const second = await serve((request, response) => sendRange(request, response, voice));
  const sources = [first, second].map(({ url }) => urlSource(url, 'config', 'voice'));
  const pack = await pullPack(
    packOf({ config, voice }, sources),
    pullOptions(temporaryFolder(), { progress }),
  );
  expect(Object.keys(pack.files)).toEqual(['config', 'voice']);
  expect(progress.lines).toEqual([`test-pack: ${first.url}/voice: answered 404 Not Found`]);
  expect(second.requests).toEqual(['/voice']);
});

test('a server that never answers, and one that falls silent, run into deadlines', async () => {
  const silent = await serve(() => undefined);
  const stuck = await serve(
    (_, response) => void response.writeHead(200, { etag: '"v1"' }).write(voice.subarray(0, 50_000)),
  );
  const pack = packOf({ voice }, [urlSource(silent.url, 'voice'), urlSource(stuck.url, 'voice')]);
  const deadlines = { connect: 3_000, idle: 300, pip: 1_000 };
  const error = await pullPack(pack, pullOptions(temporaryFolder(), { deadlines })).catch(String);
  expect(error).toContain('no answer within 3 s');
  expect(error).toContain('no answer within 0.3 s');
});

test('stopping it ends the request and keeps the beginning', async () => {
  const dataDir = temporaryFolder();
  const stop = new AbortController();
  const progress = recorder();
  const server = await serve((_, response) => {
    response.writeHead(200, { etag: '"v1"' }).write(voice.subarray(0, 50_000));
    response.on('close', () => server.requests.push('closed'));
    void progress.written(50_000).then(() => stop.abort());
  });
  const pack = packOf({ voice }, [urlSource(server.url, 'voice')]);
  const pulling = pullPack(pack, pullOptions(dataDir, { signal: stop.signal, progress }));
  await expect(pulling).rejects.toMatchObject({ kind: 'cancelled' });
  await expect.poll(() => server.requests).toContain('closed');
  expect(readFileSync(join(staged(dataDir), 'voice.part')).length).toBe(50_000);
});

test('a file fetched by hand is verified and taken', async () => {
  const dataDir = temporaryFolder();
  const pack = packOf({ voice }, []);
  await expect(pullPack(pack, pullOptions(dataDir))).rejects.toThrow('Could not fetch test-pack');
  writeFileSync(join(dataDir, 'packs', 'test-pack', 'voice'), voice);
  await expect(pullPack(pack, pullOptions(dataDir))).resolves.toMatchObject({ id: 'test-pack' });
});

test('on Node a proxy of the environment is used, except where NO_PROXY says so', async () => {
  const tunnels: string[] = [];
  const proxy = createServer().on('connect', (request, socket: Socket) => {
    tunnels.push(String(request.url));
    const [host, port] = String(request.url).split(':');
    const target = connect(Number(port), host, () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
    target.pipe(socket).pipe(target);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  onTestFinished(() => void proxy.close());
  const server = await serve((request, response) => sendRange(request, response, voice));
  const pack = packOf({ voice }, [urlSource(server.url, 'voice')]);
  const env = { ...bareEnv, http_proxy: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` };
  await pullPack(pack, pullOptions(temporaryFolder(), { env }));
  expect(tunnels).toEqual([new URL(server.url).host]);
  await pullPack(pack, pullOptions(temporaryFolder(), { env: { ...env, no_proxy: '127.0.0.1' } }));
  expect(tunnels).toHaveLength(1);
});
