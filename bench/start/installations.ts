import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Installed, installPackage, installTarball } from '../../test/package/installed.ts';

/** An older tarball, as `npm pack` of its dist/package makes it. */
const otherTarball = process.env.BENCH_BESIDE;

let packed: Promise<Installed> | undefined;

/** This commit's package; built once for all benches. */
export function thisPackage(): Promise<Installed> {
  packed ??= installPackage();
  return packed;
}

/** The package of BENCH_BESIDE; undefined where it names none. */
export async function otherPackage(): Promise<Installed | undefined> {
  if (otherTarball === undefined) return undefined;
  const tarball = resolve(otherTarball);
  const place = mkdtempSync(join(tmpdir(), 'fish-edge-other-'));
  process.on('exit', () => rmSync(place, { recursive: true, force: true }));
  const folder = join(place, 'somewhere');
  await installTarball(tarball, folder);
  return { tarball, folder };
}
