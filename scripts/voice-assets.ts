import { readFile, rm } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dataFolder, installedPack } from '../src/adapters/local/packs.ts';
import { defaultVoicePack, findPack } from '../src/engine/onnx/packs/manifest.ts';
import { filesIn, putFile } from './built-files.ts';

/**
 * `npm run build:voice [-- PACK [FOLDER]]` puts what a Worker with a voice serves itself and speaks with into dist/voice-assets, or another
 * folder: the web page, and a Piper pack of the data folder with the pronouncing dictionary. A Worker that is running goes on reading
 * them: each file is whole at any time, and `pack.json` is the last.
 */
const root = fileURLToPath(new URL('../', import.meta.url));
/** developers.cloudflare.com/workers/platform/limits: of one asset. */
const MAX_ASSET_BYTES = 25 * 2 ** 20;
/** Of all that a pack has. */
const roles = ['config', 'encoder', 'flow', 'decoder'];

const [name = defaultVoicePack, assets = join(root, 'dist/voice-assets')] = process.argv.slice(2);
const known = findPack(name);
const pack = known && (await installedPack(dataFolder(), known));
if (!pack || known.family !== 'piper') {
  console.error(`${name} is no Piper voice of the data folder: npm run fish-ctl -- models pull ${name}`);
  process.exit(1);
}
const put = new Set<string>();
const page = join(root, 'dist/studio');
for (const path of await filesIn(page)) await putAsset(relative(page, path), await readFile(path));
await putAsset('voice/dictionary.bin', await readFile(join(root, 'dist/dictionary/cmu.bin')));
const files: Record<string, string> = {};
for (const role of roles) {
  const from = pack.files[role] ?? '';
  files[role] = `${role}-${basename(from)}`;
  await putAsset(`voice/${files[role]}`, await readFile(from));
}
const record = JSON.stringify({ id: pack.id, revision: pack.revision, files });
await putAsset('voice/pack.json', new TextEncoder().encode(record));
for (const path of await filesIn(assets)) if (!put.has(path)) await rm(path, { force: true });

async function putAsset(name: string, contents: Uint8Array): Promise<void> {
  if (contents.length > MAX_ASSET_BYTES)
    throw new Error(`${name}: Workers take no asset of more than 25 MiB.`);
  const target = join(assets, name);
  put.add(target);
  await putFile(target, contents, assets);
}
