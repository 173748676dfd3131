import { readFileSync } from 'node:fs';
import { packs } from '../src/engine/onnx/packs/manifest.ts';

interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
}

/** Development dependencies of which files are served, or are in the executable: scripts/codec-modules.ts copies them. */
const served: readonly string[] = ['swagger-ui-dist'];

/** Every package that runs with fish-edge and every voice that it fetches, with its licence. */
export function licenceList(): string {
  const lock = JSON.parse(readFileSync(new URL('../package-lock.json', import.meta.url), 'utf8')) as {
    packages: Record<string, LockedPackage>;
  };
  const rows = Object.entries(lock.packages)
    .filter(
      ([path, entry]) => path !== '' && (!entry.dev || served.some((name) => path.endsWith(`/${name}`))),
    )
    .map(
      ([path, entry]) =>
        `| ${path.split('node_modules/').at(-1)} | ${entry.version} | ${entry.license ?? 'see package'} |`,
    );
  const voices = packs.map(({ id, license }) => `| ${id} | ${license.spdx} | ${license.note} |`);
  return [
    '## Packages',
    '',
    '| package | version | licence |',
    '|---|---|---|',
    ...[...new Set(rows)].sort(),
    '',
    '## Voices and models',
    '',
    '| pack | licence | note |',
    '|---|---|---|',
    ...voices,
  ].join('\n');
}
