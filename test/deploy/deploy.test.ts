import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { binaries, root } from '../cli/support.ts';
import { lastingPort } from '../free-port.ts';

const deploy = join(root, 'deploy');
const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;

interface Stage {
  readonly name: string;
  readonly lines: readonly (readonly [word: string, rest: string])[];
}

interface Composed {
  readonly services: Readonly<
    Record<
      string,
      {
        readonly command?: readonly string[];
        readonly ports?: readonly string[];
        readonly expose?: readonly string[];
        readonly environment?: Readonly<Record<string, string>>;
        readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
        readonly healthcheck?: { readonly test: readonly string[] };
        readonly deploy?: { readonly resources?: { readonly reservations?: { readonly devices?: unknown } } };
      }
    >
  >;
}

/** The stages of a Dockerfile that has no continued lines. */
function stagesOf(dockerfile: string): readonly Stage[] {
  const stages: { name: string; lines: [string, string][] }[] = [];
  for (const line of dockerfile.split('\n').filter((each) => each !== '' && !each.startsWith('#'))) {
    const [, word = '', rest = ''] = /^(\S+) (.*)$/.exec(line) ?? [];
    if (word === 'FROM') stages.push({ name: / AS (\S+)$/.exec(rest)?.[1] ?? '', lines: [] });
    else stages.at(-1)?.lines.push([word, rest]);
  }
  return stages;
}

describe('the image', () => {
  let folder: string;
  let stages: readonly Stage[];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fish-edge-image-'));
    stages = stagesOf(await readFile(join(deploy, 'Dockerfile'), 'utf8'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const linesOf = (stage: string, word: string): readonly string[] =>
    (stages.find(({ name }) => name === stage)?.lines ?? [])
      .filter(([each]) => each === word)
      .map(([, rest]) => rest);
  /** A command in the form of a list, as it would run in the image. */
  const commandOf = (text: string): string[] => {
    const words = JSON.parse(text.slice(text.indexOf('['))) as string[];
    const packed = join(folder, 'dist/package');
    return words.map((word) =>
      word === 'bun' ? join(binaries, 'bun') : word.replace('/opt/fish-edge', packed),
    );
  };

  it('is built by its own steps, of what it copies, and is healthy with a key', async () => {
    const ignored = (await readFile(join(deploy, 'Dockerfile.dockerignore'), 'utf8')).trim().split('\n');
    const copied = linesOf('build', 'COPY').flatMap((line) => line.split(' ').slice(0, -1));
    expect(ignored).toEqual(['*', ...copied.map((name) => `!${name}`)]);
    for (const name of copied) await cp(join(root, name), join(folder, name), { recursive: true });
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
    expect(linesOf('build', 'RUN')).toEqual(['npm ci && npm run build:package']);
    await promisify(execFile)('npm', ['run', 'build:package'], { cwd: folder });
    const page = await readFile(join(folder, 'dist/package/lib/studio.bin'), 'utf8');
    expect(Object.keys(JSON.parse(page))).toContain('index.html');

    const port = await lastingPort();
    const env = {
      PATH: process.env.PATH ?? '',
      FISH_DATA_DIR: join(folder, 'data'),
      FISH_LISTEN: `127.0.0.1:${port}`,
      FISH_API_KEY: 'secret',
      FISH_BACKEND: 'http://127.0.0.1:2',
    };
    const [program = '', ...args] = commandOf(linesOf('gateway', 'ENTRYPOINT')[0] ?? '');
    const server = spawn(program, args, { env, stdio: 'ignore' });
    try {
      const [check = '', ...rest] = commandOf(linesOf('gateway', 'HEALTHCHECK')[0] ?? '');
      const here = { ...env, FISH_API_KEY: '', FISH_SERVER: `http://127.0.0.1:${port}` };
      const healthy = (): number | null => spawnSync(check, rest, { env: here }).status;
      await expect.poll(healthy).toBe(0);
      server.kill('SIGTERM');
      expect(await once(server, 'exit')).toEqual([0, null]);
      expect(healthy()).toBe(1);
    } finally {
      server.kill('SIGKILL');
    }
  });

  it('runs as nobody special, and keeps the voice where a volume begins with it', () => {
    expect(linesOf('gateway', 'USER')).toEqual(['bun']);
    expect(linesOf('gateway', 'ENV')).toEqual(['FISH_DATA_DIR=/data']);
    expect(linesOf('pulled', 'RUN')[0]).toMatch(/models pull --data-dir \/data$/);
    expect(linesOf('voice', 'COPY')).toEqual(['--from=pulled --chown=bun:bun /data /data']);
  });
});

describe('compose files', () => {
  it.each(['compose.yaml', 'compose.several.yaml', 'compose.gpu.yaml'])(
    '%s names stages that there are, and no server waits on the open',
    async (file) => {
      const stages = stagesOf(await readFile(join(deploy, 'Dockerfile'), 'utf8')).map(({ name }) => name);
      const { services } = parse(await readFile(join(deploy, file), 'utf8')) as {
        services: Record<
          string,
          { build?: { target: string }; ports?: readonly string[]; environment?: object }
        >;
      };
      const server = services['fish-edge'];
      expect(stages).toContain(server?.build?.target);
      for (const port of server?.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/);
      expect(server?.environment).toHaveProperty('FISH_API_KEY');
    },
  );

  it('compose.gpu.yaml gives Fish-Speech a GPU, waits for it, and shows its port to nobody but the gateway', async () => {
    const { services } = parse(await readFile(join(deploy, 'compose.gpu.yaml'), 'utf8')) as Composed;
    const [gateway, origin] = [services['fish-edge'], services['fish-speech']];
    expect(origin?.deploy?.resources?.reservations?.devices).toEqual([
      { driver: 'nvidia', count: 1, capabilities: ['gpu'] },
    ]);
    expect(origin).not.toHaveProperty('ports');
    expect(origin?.healthcheck?.test.join(' ')).toContain('/v1/health');
    expect(gateway?.depends_on?.['fish-speech']?.condition).toBe('service_healthy');
    expect(gateway?.environment?.FISH_BACKEND).toBe(`http://fish-speech:${origin?.expose?.[0]}`);
  });

  it('compose.dev.yaml runs what is there, on this machine alone', async () => {
    const { services } = parse(await readFile(join(deploy, 'compose.dev.yaml'), 'utf8')) as Composed;
    for (const { command, ports = [] } of Object.values(services)) {
      for (const [file] of command?.join(' ').matchAll(/\S+\.ts/g) ?? [])
        expect([file, existsSync(join(root, file))]).toEqual([file, true]);
      for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
    }
    expect(Object.keys(services)).toEqual(['fish-edge', 'fake-origin']);
  });
});

describe('the systemd unit', () => {
  it.skipIf(!hasSystemd)('is one that systemd takes (skipped without systemd)', () => {
    const { stdout, stderr, status } = spawnSync(
      'systemd-analyze',
      ['verify', join(deploy, 'fish-edge.service')],
      {
        encoding: 'utf8',
      },
    );
    expect([status, stdout, stderr]).toEqual([0, '', '']);
  });
});
