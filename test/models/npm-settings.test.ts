import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { create } from 'tar';
import { beforeAll, describe, expect, test } from 'vitest';
import { certificates, serveProxy, serveRegistry, serveSocks, type TestRegistry } from './npm-support.ts';
import { packOf, someBytes, temporaryFolder } from './support.ts';

/**
 * How the network of a company reaches a registry: keys for a folder of a host, certificates of its own, proxies. Every runtime
 * pulls in a process of its own, as each has another HTTP client.
 */

const here = fileURLToPath(new URL('.', import.meta.url));
const driver = join(here, 'pull-alone.ts');
const binaries = join(here, '../../node_modules/.bin');
const executable = join(here, '../../dist/pull-alone');
const runtimes: Readonly<Record<string, readonly [string, ...string[]]>> = {
  node: [join(binaries, 'node'), driver],
  bun: [join(binaries, 'bun'), driver],
  deno: [join(binaries, 'deno'), 'run', '--no-prompt', '-A', driver],
  executable: [executable],
};
const hasOpenssl = spawnSync('openssl', ['version']).status === 0;
const token = 'key-of-the-user';
const voice = someBytes(300_000);
const pack = packOf({ voice }, [
  {
    kind: 'npm',
    package: '@voices/test-voice',
    version: '1.2.3',
    bytes: 300_000,
    paths: { voice: 'build/voice.onnx' },
  },
]);

function packTarball(): Uint8Array {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'package/build'), { recursive: true });
  writeFileSync(join(folder, 'package/build/voice.onnx'), voice);
  create({ gzip: true, cwd: folder, file: join(folder, 'voice.tgz'), sync: true }, ['package']);
  return readFileSync(join(folder, 'voice.tgz'));
}

beforeAll(() => {
  const build = ['build', '--compile', '--conditions=compiled', '--outfile', executable, driver];
  execFileSync(join(binaries, 'bun'), build, { cwd: join(here, '../..'), stdio: 'pipe' });
});

describe.each(Object.entries(runtimes))('npm settings on %s', (_name, [program, ...before]) => {
  /** What the process printed: the files it brought, or why it could not. */
  async function pull(
    npmrc: readonly string[],
    more: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    const folder = temporaryFolder();
    writeFileSync(join(folder, '.npmrc'), npmrc.join('\n'));
    const env = { PATH: '', HOME: folder, ...more };
    const task = JSON.stringify({ pack, dataDir: join(folder, 'data'), env });
    const run = promisify(execFile)(program, [...before, task], {
      cwd: folder,
      env: { ...process.env, ...more },
    });
    return await run.then(
      ({ stdout }) => stdout.trim(),
      (error: { stdout: string; stderr: string }) => error.stdout.trim() || error.stderr,
    );
  }
  const at = (registry: TestRegistry): string => registry.url.replace(/^https?:/, '');

  test('a key holds for a folder of the host; it may stand in the environment', async () => {
    const registry = await serveRegistry(packTarball(), { folder: '/npm/private', key: `Bearer ${token}` });
    const npmrc = [`@voices:registry=${registry.url}`, `${at(registry)}:_authToken=\${VOICES_TOKEN}`];
    expect(await pull(npmrc, { VOICES_TOKEN: token })).toBe('voice');
    expect(registry.requests).toEqual([
      '/npm/private/@voices%2ftest-voice',
      '/npm/private/@voices/test-voice/-/voice.tgz',
    ]);
  });

  test('a name and a password', async () => {
    const key = `Basic ${Buffer.from('ada:pass:word').toString('base64')}`;
    const registry = await serveRegistry(packTarball(), { key });
    const password = Buffer.from('pass:word').toString('base64');
    const npmrc = [
      `registry=${registry.url}`,
      `${at(registry)}:username=ada`,
      `${at(registry)}:_password=${password}`,
    ];
    expect(await pull(npmrc)).toBe('voice');
  });

  test('a key is not sent to another host that a package or a redirect names', async () => {
    const other = await serveRegistry(packTarball());
    const npmrc = (registry: TestRegistry) => [
      `registry=${registry.url}`,
      `${at(registry)}:_authToken=${token}`,
    ];
    const named = await serveRegistry(packTarball(), {
      key: `Bearer ${token}`,
      tarball: `${other.url}voice.tgz`,
    });
    expect(await pull(npmrc(named))).toBe('voice');
    const redirecting = await serveRegistry(packTarball(), {
      key: `Bearer ${token}`,
      redirect: `${other.url.replace('127.0.0.1', 'localhost')}voice.tgz`,
    });
    expect(await pull(npmrc(redirecting))).toBe('voice');
    expect(other.requests).toEqual(['/voice.tgz', '/voice.tgz']);
    expect(other.keys).toEqual([undefined, undefined]);
  });

  test('a proxy for plain HTTP, and hosts that need none', async () => {
    const registry = await serveRegistry(packTarball());
    const proxy = await serveProxy();
    const npmrc = [`registry=${registry.url}`, `proxy=${proxy.url}`];
    expect(await pull(npmrc)).toBe('voice');
    expect(proxy.requests).toHaveLength(2);
    const without = ['noproxy=example.com, 127.0.0.1'];
    expect(await pull([...npmrc, ...without])).toBe('voice');
    expect(await pull([`registry=${registry.url}`, ...without], { HTTP_PROXY: proxy.url })).toBe('voice');
    expect(proxy.requests).toHaveLength(2);
  });

  test('the proxy of the environment, with its key', async () => {
    const registry = await serveRegistry(packTarball());
    const proxy = await serveProxy('ada:secret');
    const env = { HTTP_PROXY: proxy.url.replace('//', '//ada:secret@') };
    expect(await pull([`registry=${registry.url}`], env)).toBe('voice');
    expect(proxy.requests).toHaveLength(2);
  });

  test('a SOCKS proxy', async () => {
    const registry = await serveRegistry(packTarball());
    const proxy = await serveSocks();
    expect(await pull([`registry=${registry.url}`, `proxy=${proxy.url}`])).toBe('voice');
    expect(new Set(proxy.requests)).toEqual(new Set([new URL(registry.url).host]));
  });

  describe.skipIf(!hasOpenssl)('with certificates (needs openssl)', () => {
    test('an authority of the company is trusted where npm trusts it, and nowhere else', async () => {
      const { certificate, key } = certificates();
      const registry = await serveRegistry(packTarball(), { tls: { cert: certificate, key } });
      const bundle = join(temporaryFolder(), 'bundle.pem');
      writeFileSync(bundle, certificates().certificate + certificate);
      expect(await pull([`registry=${registry.url}`, `cafile=${bundle}`])).toBe('voice');
      expect(await pull([`registry=${registry.url}`, `ca="${certificate.replaceAll('\n', '\\n')}"`])).toBe(
        'voice',
      );
      expect(await pull([`registry=${registry.url}`])).toMatch(/self.signed certificate|UnknownIssuer/i);
    });

    test('no certificate is looked at with strict-ssl=false', async () => {
      const { certificate, key } = certificates();
      const registry = await serveRegistry(packTarball(), { tls: { cert: certificate, key } });
      expect(await pull([`registry=${registry.url}`, 'strict-ssl=false'])).toBe('voice');
    });

    test('HTTPS goes through a tunnel of the proxy', async () => {
      const { certificate, key, path } = certificates();
      const registry = await serveRegistry(packTarball(), { tls: { cert: certificate, key } });
      const proxy = await serveProxy();
      const npmrc = [`registry=${registry.url}`, `cafile=${path}`, `https-proxy=${proxy.url}`];
      expect(await pull(npmrc)).toBe('voice');
      expect(new Set(proxy.requests)).toEqual(new Set([`CONNECT ${new URL(registry.url).host}`]));
    });

    test('a registry that asks for the certificate of its client', async () => {
      const { certificate, key, path, keyPath } = certificates();
      const tls = { cert: certificate, key, ca: certificate, requestCert: true };
      const registry = await serveRegistry(packTarball(), { tls });
      const npmrc = [`registry=${registry.url}`, `cafile=${path}`];
      const own = [`${at(registry)}:certfile=${path}`, `${at(registry)}:keyfile=${keyPath}`];
      expect(await pull([...npmrc, ...own])).toBe('voice');
      expect(await pull(npmrc)).not.toBe('voice');
    });
  });
});
