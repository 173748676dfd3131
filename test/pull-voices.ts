import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { dataFolder, installedPack } from '../src/adapters/local/packs.ts';
import { packs } from '../src/engine/onnx/packs/manifest.ts';

/**
 * Fetches the voices that tests speak with and the model that they listen with, by the product's own command, once. Where
 * they cannot be had, the tests that need them skip and say so.
 */
export default async function pullVoices(): Promise<void> {
  for (const pack of packs) {
    if (await installedPack(dataFolder(), pack)) continue;
    const command = join(import.meta.dirname, '../src/cli/fish-ctl.ts');
    const { status } = spawnSync(process.execPath, [command, 'models', 'pull', pack.id], {
      stdio: 'inherit',
    });
    if (status !== 0)
      console.warn(`tests: ${pack.id} cannot be fetched; the tests that need it will be skipped`);
  }
}
