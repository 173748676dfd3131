import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { beforeAll, describe, expect, it } from 'vitest';
import { startFakeOrigin } from '../fake-origin.ts';
import { type Installed, installPackage, type Launcher, launchers } from './installed.ts';

/** Of the longest test: loading a voice takes a while on a machine that is busy with the other tests. */
/** CycloneDX 1.5, as far as it is looked at. */
interface Bill {
  readonly components: readonly { readonly name: string }[];
}

const SPEAKS_MS = 240_000;
/** What an installation may take on a disk. */
const MAX_BYTES = 60e6;

const environment: Readonly<Record<string, string>> = {
  FISH_LISTEN: '127.0.0.1:0',
  FISH_STATE: 'memory',
  FISH_ONNX_RUNTIME: 'wasm',
  FISH_ONNX_WORKERS: '1',
  FISH_TUNE: 'off',
  FISH_LOG_LEVEL: 'warn',
};

function environmentOf({ env }: Launcher): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(?:FISH_|npm_|NODE_OPTIONS|VITEST)/.test(name) || name === 'FISH_DATA_DIR',
  );
  return { ...Object.fromEntries(own), ...environment, ...env };
}

describe('the npm package, installed from its tarball', () => {
  let installed: Installed;
  let all: readonly Launcher[];
  beforeAll(async () => {
    [installed, all] = await Promise.all([installPackage(), launchers()]);
  });
  const launcher = (name: string): Launcher => {
    const found = all.find((each) => each.name === name);
    if (!found) throw new Error(`no ${name}`);
    return found;
  };
  const start = (name: string, program: string, args: readonly string[]): ChildProcess => {
    const [command, ...before] = launcher(name).command(program);
    return spawn(command, [...before, ...args], {
      cwd: installed.folder,
      env: environmentOf(launcher(name)),
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true, // a group of its own: bunx starts a process for the server
    });
  };

  it('is one package without scripts, whose files are those that run', async () => {
    const modules = join(installed.folder, 'node_modules');
    expect((await readdir(modules)).filter((name) => !name.startsWith('.'))).toEqual(['fish-edge']);
    const files = await readdir(join(modules, 'fish-edge'), { recursive: true, withFileTypes: true });
    const sizes = await Promise.all(
      files
        .filter((file) => file.isFile())
        .map(async (file) => (await stat(join(file.parentPath, file.name))).size),
    );
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(MAX_BYTES);
    expect(files.filter(({ name }) => name.endsWith('.ts') && !name.endsWith('.d.ts'))).toEqual([]);
    const manifest = JSON.parse(await readFile(join(modules, 'fish-edge/package.json'), 'utf8')) as object;
    for (const absent of ['scripts', 'dependencies', 'devDependencies', 'imports', 'private'])
      expect(manifest).not.toHaveProperty(absent);
    const notices = await readFile(join(modules, 'fish-edge/THIRD-PARTY-NOTICES.txt'), 'utf8');
    for (const name of ['hono', 'zod', 'onnxruntime-web', 'mediabunny', 'undici'])
      expect(notices).toMatch(new RegExp(`^${name} \\d`, 'm'));
    const bill = JSON.parse(await readFile(join(modules, 'fish-edge/sbom.cdx.json'), 'utf8')) as Bill;
    expect(bill.components.map(({ name }) => name)).toEqual(expect.arrayContaining(['hono', 'zod', 'ws']));
    const page = JSON.parse(await readFile(join(modules, 'fish-edge/lib/studio.bin'), 'utf8')) as object;
    expect(Object.keys(page)).toContain('index.html');
  });

  it('is what publint and arethetypeswrong want', async () => {
    const { messages } = await publint({
      pkgDir: join(installed.folder, 'node_modules/fish-edge'),
      pack: false,
    });
    expect(messages).toEqual([]);
    const result = await checkPackage(createPackageFromTarballData(await readFile(installed.tarball)));
    const problems = 'problems' in result ? result.problems : [{ kind: 'no types' }];
    const ofModules = problems.filter((problem) => !isOfCommonJs(problem));
    expect(ofModules).toEqual([]);
  });

  describe.each(['Node 20', 'Node 22', 'Node 24', 'Bun', 'Deno'])('on %s', (name) => {
    it('prints its help and its version', async () => {
      const [help, version] = await Promise.all([
        output(start(name, 'fish-edge', ['--help'])),
        output(start(name, 'fish-ctl', ['--version'])),
      ]);
      expect(help).toMatchObject({ code: 0, stdout: expect.stringContaining('Usage: fish-server') });
      expect(version).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+/) });
    });

    it(
      'speaks with the embedded voice, and stops when it is told to',
      async () => {
        const server = start(name, 'fish-edge', []);
        try {
          const url = await addressOf(server);
          for (const [format, type] of [
            ['wav', 'audio/wav'],
            ['aac', 'audio/aac'],
          ] as const) {
            const response = await fetch(`${url}/v1/audio/speech`, {
              method: 'POST',
              headers: { 'content-type': 'application/json' },
              body: JSON.stringify({ input: 'Good morning!', response_format: format }),
            });
            expect([
              response.status,
              response.headers.get('content-type'),
              response.headers.get('x-engine'),
            ]).toEqual([200, type, 'onnx']);
            expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(2000);
          }
          server.kill('SIGTERM');
          expect(await once(server, 'exit')).toEqual([0, null]);
        } finally {
          killGroup(server);
        }
      },
      SPEAKS_MS,
    );
  });

  describe.each(['Node 20', 'Node 24', 'Bun', 'Deno'])('on %s, in front of an upstream', (name) => {
    it('reads its settings from a file, and speaks with the upstream', async () => {
      const origin = await startFakeOrigin();
      const config = join(installed.folder, `${name}.yaml`);
      await writeFile(config, `backend:\n  url: ${origin.url}\nfish:\n  fallback: false\n`);
      const server = start(name, 'fish-edge', ['--config', config]);
      try {
        const response = await fetch(`${await addressOf(server)}/v1/audio/speech`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ input: 'Good morning!', response_format: 'wav' }),
        });
        expect([response.status, response.headers.get('x-engine')]).toEqual([200, 'fish']);
        expect((await response.arrayBuffer()).byteLength).toBeGreaterThan(2000);
      } finally {
        killGroup(server);
        await origin.close();
      }
    });
  });

  it('names the commands that an installation has, not those of a clone', async () => {
    const args = ['models', 'tune', '--data-dir', join(installed.folder, 'nothing')];
    const { code, stderr } = await output(start('Node 24', 'fish-ctl', args));
    expect([code, stderr]).toEqual([1, 'There is no voice to measure. Fetch one: fish-ctl models pull\n']);
  });

  it(
    'speaks into a file without any server',
    async () => {
      const args = ['--local', '-o', 'speech.wav', 'Good', 'morning!'];
      const { code, stderr } = await output(start('Node 20', 'fish-tts', args));
      expect([code, stderr]).toEqual([
        0,
        expect.stringMatching(/^Audio saved to speech\.wav \(\d+ bytes\)$/m),
      ]);
      const file = await readFile(join(installed.folder, 'speech.wav'));
      expect([file.toString('latin1', 0, 4), file.readUInt32LE(40)]).toEqual(['RIFF', file.length - 44]);
    },
    SPEAKS_MS,
  );
});

/** The package has modules alone, as its manifest says: that `require` of old Nodes finds none is no news. */
function isOfCommonJs(problem: { readonly kind: string; readonly resolutionKind?: string }): boolean {
  return problem.kind === 'CJSResolvesToESM' || problem.resolutionKind === 'node10';
}

function killGroup({ pid = 0 }: ChildProcess): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // all of it has ended
  }
}

async function output(child: ChildProcess): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const parts = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name]?.on('data', (part: Buffer) => {
      parts[name] += part.toString();
    });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...parts };
}

function addressOf(server: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let stderr = '';
    server.stderr?.on('data', (part: Buffer) => {
      stderr += part.toString();
      const [, url] = /listens on (http:\S+)\s/.exec(stderr) ?? [];
      if (url) resolve(url);
    });
    server.once('exit', (code) => reject(new Error(`exited with ${code}\n${stderr}`)));
  });
}
