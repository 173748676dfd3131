import { parseArgs } from 'node:util';
import { dataFolder } from '../../adapters/local/packs.ts';
import { defaultVoicePack, findPack, packs } from '../../engine/onnx/packs/manifest.ts';
import type { VoicePack } from '../../engine/onnx/packs/pack.ts';
import { describe, PackFailure } from './failure.ts';
import { listPacks } from './list.ts';
import { createProgress } from './progress.ts';
import { pullPack } from './pull.ts';

const help = `Usage: fish-ctl models list [--verify] [--json] [--data-dir DIR]
       fish-ctl models pull [PACK...] [--data-dir DIR]

list    shows every pack; --verify reads all files and compares their sha256; --json adds the files of each
pull    fetches packs, the default voice when none is named; repairs damaged ones

The data folder is --data-dir, else FISH_DATA_DIR, else the user's data folder. Files that you fetched yourself go
into its packs/PACK; pull then verifies them and fetches only the rest.
`;

/** Ends with the exit code: 0 done, 1 a pack could not be pulled or is damaged, 2 called wrongly. */
export async function runModels(args: readonly string[]): Promise<number> {
  let parsed: ReturnType<typeof parseModels>;
  try {
    parsed = parseModels(args);
  } catch (error) {
    return misuse(describe(error));
  }
  const { values, positionals } = parsed;
  const [action, ...ids] = positionals;
  const dataDir = dataFolder(values['data-dir']);
  if (values.help) {
    console.log(help);
    return 0;
  }
  if (action === 'list' && ids.length === 0) {
    return listPacks({ dataDir, verify: values.verify === true, json: values.json === true });
  }
  if (action === 'pull') return pullPacks(ids, dataDir);
  return misuse(action === undefined ? 'Say list or pull.' : `Unknown: models ${positionals.join(' ')}`);
}

function parseModels(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      'data-dir': { type: 'string' },
      verify: { type: 'boolean' },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
}

function misuse(message: string): number {
  console.error(`${message}\n\n${help}`);
  return 2;
}

async function pullPacks(ids: readonly string[], dataDir: string): Promise<number> {
  const wanted = ids.length > 0 ? ids : [defaultVoicePack];
  const chosen: VoicePack[] = [];
  for (const id of wanted) {
    const pack = findPack(id);
    if (!pack)
      return misuse(`There is no voice pack ${id}; there are ${packs.map((each) => each.id).join(', ')}.`);
    if (!chosen.includes(pack)) chosen.push(pack);
  }
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  process.once('SIGTERM', () => stop.abort());
  let code = 0;
  for (const pack of chosen) {
    try {
      await pullPack(pack, { dataDir, progress: createProgress(), signal: stop.signal });
      console.error(`${pack.id}: ready in ${dataDir}`);
    } catch (error) {
      console.error(error instanceof PackFailure ? error.message : error);
      code = 1;
      if (error instanceof PackFailure && (error.kind === 'disk' || error.kind === 'cancelled')) break;
    }
  }
  return code;
}
