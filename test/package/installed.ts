import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';

const root: string = join(import.meta.dirname, '../..');
export const binaries: string = join(root, 'node_modules/.bin');
/** Of those that the package is to run on and a clone does not bring; the newest of each. */
const otherNodes: Readonly<Record<number, string>> = { 20: '20.20.2', 22: '22.23.3' };

/** The package as its users get it. */
export interface Installed {
  readonly tarball: string;
  /** An empty folder, but for the package. */
  readonly folder: string;
}

/** Builds and packs, and installs the tarball in an empty folder, once. */
export async function installPackage(): Promise<Installed> {
  const folder = mkdtempSync(join(tmpdir(), 'fish-edge-package-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const built = join(folder, 'built'); // of its own: several tests may build at once
  await run('npm', ['run', '--silent', 'build:package', '--', built], root);
  const packed = await run('npm', ['pack', '--json', '--pack-destination', folder], built);
  const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
  const tarball = join(folder, filename);
  const place = join(folder, 'somewhere');
  await installTarball(tarball, place);
  return { tarball, folder: place };
}

/** Installs a package in the new folder `place`. */
export async function installTarball(tarball: string, place: string): Promise<void> {
  mkdirSync(place);
  writeFileSync(join(place, 'package.json'), '{"private":true,"type":"module"}\n');
  await run('npm', ['install', '--no-audit', '--no-fund', '--omit=dev', tarball], place);
}

/** A runtime, and how its users start a command of an installed package with it. */
export interface Launcher {
  readonly name: string;
  command(program: string): readonly [program: string, ...args: string[]];
  readonly env: Readonly<Record<string, string>>;
}

export async function launchers(): Promise<readonly Launcher[]> {
  const nodes = await Promise.all([20, 22, 24].map(async (major) => [major, await findNode(major)] as const));
  return [
    ...nodes.map(
      ([major, path]): Launcher => ({
        name: `Node ${major}`,
        command: (program) => [`node_modules/.bin/${program}`],
        env: { PATH: [dirname(path), '/usr/bin', '/bin'].join(delimiter) },
      }),
    ),
    {
      name: 'Bun',
      command: (program) => [join(binaries, 'bun'), 'x', '--bun', program],
      env: {},
    },
    {
      name: 'Deno',
      command: (program) => [
        join(binaries, 'deno'),
        ...[
          'run',
          '-A',
          '--unstable-no-legacy-abort',
          '--node-modules-dir=manual',
          `npm:fish-edge/${program}`,
        ],
      ],
      env: {},
    },
  ];
}

/** A Node of this version: the clone's, this machine's, or one that is fetched once and kept. */
export async function findNode(major: number): Promise<string> {
  const paths = [binaries, ...(process.env.PATH ?? '').split(delimiter)].map((folder) =>
    join(folder, 'node'),
  );
  const there = paths.find((path) => existsSync(path) && versionOf(path)?.startsWith(`v${major}.`));
  if (there) return there;
  const name = `node-${process.platform}-${process.arch}`;
  const cache = join(root, '.cache', `node-${major}`);
  const path = join(cache, 'node_modules', name, 'bin/node');
  if (!existsSync(path)) {
    mkdirSync(cache, { recursive: true });
    const wanted = `${name}@${otherNodes[major]}`;
    await run('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', cache, wanted], cache);
  }
  return path;
}

function versionOf(path: string): string | undefined {
  return spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout?.trim();
}

async function run(program: string, args: readonly string[], cwd: string): Promise<string> {
  const { stdout } = await promisify(execFile)(program, [...args], { cwd, maxBuffer: 16 * 1024 * 1024 });
  return stdout;
}
