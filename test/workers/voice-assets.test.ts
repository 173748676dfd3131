import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { dataFolder, installedPack } from '../../src/adapters/local/packs.ts';
import { defaultVoicePack, findPack } from '../../src/engine/onnx/packs/manifest.ts';

const pack = findPack(defaultVoicePack);
const isInstalled = pack !== undefined && (await installedPack(dataFolder(), pack)) !== undefined;

function build(folder: string): void {
  const script = join(import.meta.dirname, '../../scripts/voice-assets.ts');
  const { status, stderr } = spawnSync(process.execPath, [script, defaultVoicePack, folder], {
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(status).toBe(0);
}

/** Files by name, each with what tells that it is another than before. */
function filesOf(folder: string): Record<string, number> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(paths.map((path) => [path.slice(folder.length), statSync(path).ino]));
}

test.skipIf(!isInstalled)(
  'the assets of a Worker that speaks stay whole while they are built again (skipped where the voice is not installed)',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'fish-edge-assets-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    build(folder);
    const made = filesOf(folder);
    const { files } = JSON.parse(readFileSync(join(folder, 'voice/pack.json'), 'utf8')) as {
      files: Record<string, string>;
    };
    const inPack = [...Object.values(files), 'dictionary.bin', 'pack.json'].map((name) => `/voice/${name}`);
    expect(Object.keys(made)).toEqual(expect.arrayContaining(inPack));
    writeFileSync(join(folder, 'voice/of-another-pack.onnx'), 'left there');
    build(folder);
    expect(filesOf(folder)).toEqual(made);
  },
);
