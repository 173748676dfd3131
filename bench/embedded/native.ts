import { execFile } from 'node:child_process';
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from '../processes.ts';

/** onnxruntime-node is 290 MB and no dependency: it lives here once a bench asked for it. */
const folder: string = join(root, 'node_modules', '.cache', 'fish-edge-bench');
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
