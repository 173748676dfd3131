import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root: string = fileURLToPath(new URL('..', import.meta.url));
/** onnxruntime-node is 290 MB and no dependency: it lives here once a test or a bench asked for it. */
const folder: string = join(root, 'node_modules', '.cache', 'fish-edge-native');
const installDeadlineMs = 300_000;

/** The version of onnxruntime-web: both are released together. */
function version(): string {
  const manifest = createRequire(join(root, 'package.json'))('./package.json') as {
    dependencies: Record<string, string>;
  };
  return manifest.dependencies['onnxruntime-web'] ?? 'latest';
}

/** The file to import onnxruntime-node from. @throws when it is not installed */
export function nativeRuntime(): string {
  return createRequire(join(folder, 'package.json')).resolve('onnxruntime-node');
}

async function installedVersion(): Promise<string | undefined> {
  const manifest = join(folder, 'node_modules', 'onnxruntime-node', 'package.json');
  const text = await readFile(manifest, 'utf8').catch(() => '{}');
  return (JSON.parse(text) as { version?: string }).version;
}

/** Installs onnxruntime-node beside the project. @throws when npm cannot */
export async function installNative(say: (line: string) => void): Promise<void> {
  const wanted = `onnxruntime-node@${version()}`;
  if ((await installedVersion()) === version()) return;
  say(`fetching ${wanted} (about 100 MB)`);
  await mkdir(folder, { recursive: true });
  const args = [
    'install',
    '--ignore-scripts',
    '--no-save',
    '--no-audit',
    '--no-fund',
    '--prefix',
    folder,
    wanted,
  ];
  await promisify(execFile)('npm', args, { cwd: folder, timeout: installDeadlineMs });
}

/**
 * The project as it is where a user has installed onnxruntime-node into it: its sources in a new folder, beside packages
 * that are links to ours. The user of the folder removes it.
 * @returns the folder
 */
export async function treeWithNative(): Promise<string> {
  const tree = await mkdtemp(join(tmpdir(), 'fish-edge-native-'));
  for (const name of ['src', 'test', 'package.json', 'deno.json', 'dist/wasm'])
    await cp(join(root, name), join(tree, name), { recursive: true });
  const packages = join(tree, 'node_modules');
  for (const source of [join(root, 'node_modules'), join(folder, 'node_modules')]) {
    for (const name of await packagesIn(source)) await linkTo(join(source, name), join(packages, name));
  }
  return tree;
}

async function packagesIn(source: string): Promise<string[]> {
  const names = (await readdir(source)).filter((name) => !name.startsWith('.'));
  const scoped = names.filter((name) => name.startsWith('@'));
  const within = await Promise.all(
    scoped.map(async (scope) => (await readdir(join(source, scope))).map((name) => join(scope, name))),
  );
  return [...names.filter((name) => !name.startsWith('@')), ...within.flat()];
}

async function linkTo(target: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await symlink(target, path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error; // our own comes first
  });
}
