import { copyFile, cp, mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dataFolder, installedPack } from '../src/adapters/local/packs.ts';
import { defaultVoicePack, findPack } from '../src/engine/onnx/packs/manifest.ts';

/**
 * `npm run build:voice [-- PACK]` puts what a Worker with a voice serves itself and speaks with into dist/voice-assets: the web page, and
 * a Piper pack of the data folder with the pronouncing dictionary.
 */
const root = fileURLToPath(new URL('../', import.meta.url));
const assets = join(root, 'dist/voice-assets');
/** developers.cloudflare.com/workers/platform/limits: of one asset. */
const MAX_ASSET_BYTES = 25 * 2 ** 20;
/** Of all that a pack has. */
const roles = ['config', 'encoder', 'flow', 'decoder'];

const name = process.argv[2] ?? defaultVoicePack;
const known = findPack(name);
const pack = known && (await installedPack(dataFolder(), known));
if (!pack || known.family !== 'piper') {
  console.error(`${name} is no Piper voice of the data folder: npm run fish-ctl -- models pull ${name}`);
  process.exit(1);
}
await rm(assets, { recursive: true, force: true });
await mkdir(join(assets, 'voice'), { recursive: true });
await cp(join(root, 'dist/studio'), assets, { recursive: true });
await copyFile(join(root, 'dist/dictionary/cmu.bin'), join(assets, 'voice/dictionary.bin'));
const files: Record<string, string> = {};
for (const role of roles) {
  const from = pack.files[role] ?? '';
  const { size } = await stat(from);
  if (size > MAX_ASSET_BYTES) throw new Error(`${from}: Workers take no asset of more than 25 MiB.`);
  files[role] = `${role}-${basename(from)}`;
  await copyFile(from, join(assets, 'voice', files[role]));
}
await writeFile(
  join(assets, 'voice/pack.json'),
  JSON.stringify({ id: pack.id, revision: pack.revision, files }),
);
