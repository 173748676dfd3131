import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Builds Bun's single executable as `npm run build:bun` does, in a folder of the system's temporary ones. */
export function buildExecutable(): string {
  const folder = mkdtempSync(join(tmpdir(), 'fish-edge-executable-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'fish-server');
  const root = join(import.meta.dirname, '../..');
  const args = ['run', '--silent', 'build:bun', '--', '--outfile', file];
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd: root, encoding: 'utf8' });
  if (status !== 0) throw new Error(`the executable cannot be built:\n${stdout}${stderr}`);
  return file;
}
