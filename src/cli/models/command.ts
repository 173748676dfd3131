import { parseArgs } from 'node:util';
import { addedPacks, dataFolder, installedPacks } from '../../adapters/local/packs.ts';
import { originUrl } from '../../config/values.ts';
import { piperCatalogueUrl } from '../../config/voice-settings.ts';
import { firstIssue } from '../../core/first-issue.ts';
import { defaultVoicePack, findPack, packs } from '../../engine/onnx/packs/manifest.ts';
import type { VoicePack } from '../../engine/onnx/packs/pack.ts';
import { ctlName } from '../ctl-name.ts';
import { didYouMean, misuseOf, reportMisuse, stopSignal } from '../usage.ts';
import { runAdd } from './add-command.ts';
import type { CataloguePlace } from './catalogue.ts';
import { PackFailure } from './failure.ts';
import { describePack, type LookOptions, type PackRow } from './inventory.ts';
import { modelActions, modelsOptions } from './options.ts';
import { createProgress } from './progress.ts';
import { pullPack } from './pull.ts';
import { removePack } from './remove.ts';
import { chosenOf, factsOf, readTuning, type Tuning } from './tuned.ts';
import { columns, tuningReport } from './tuning-report.ts';

const help = `Usage: fish-ctl models list [--verify] [--json] [--data-dir DIR]
       fish-ctl models available [--json] [--data-dir DIR]
       fish-ctl models pull [PACK...] [--data-dir DIR]
       fish-ctl models catalogue [LANGUAGE] [--json] [--catalogue-url URL]
       fish-ctl models add NAME [--catalogue-url URL] [--id NAME] [--license NAME] [--data-dir DIR]
       fish-ctl models add VOICE.onnx [--config FILE] [--id NAME] [--language TAG] [--license NAME] [--data-dir DIR]
       fish-ctl models remove PACK... [--data-dir DIR]
       fish-ctl models verify [--json] [--data-dir DIR]
       fish-ctl models tune [--json] [--dry-run] [--data-dir DIR]

list    shows every pack; --verify reads all files and compares their sha256; --json adds the files of each
available  shows the packs that pull would fetch: those that are not here, or not as this version needs them
pull    fetches packs, the default voice when none is named; repairs damaged ones
catalogue  shows the Piper voices that add fetches by their names, for example vi_VN-vais1000-medium: 35 languages
add     fetches a voice of the catalogue, under the licence that its card names, or
        copies a Piper voice of your own, with its VOICE.onnx.json; one with several speakers becomes a voice for each
remove  deletes packs; a server that holds one of them goes on with it until it ends
verify  is list --verify
tune    lets every installed voice speak for some seconds, and keeps the clearest one that keeps up with two listeners:
        the default voice of servers that are started from then on; --dry-run keeps nothing

The data folder is --data-dir, else FISH_DATA_DIR, else the user's data folder. Files that you fetched yourself go
into its packs/PACK; pull then verifies them and fetches only the rest.
`;

/** Ends with the exit code: 0 done, 1 a pack could not be pulled or is damaged, 2 called wrongly. */
export async function runModels(args: readonly string[]): Promise<number> {
  let parsed: ReturnType<typeof parseModels>;
  try {
    parsed = parseModels(args);
  } catch (error) {
    return misuse(misuseOf(error, Object.keys(modelsOptions)).message);
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
  if (action === 'available' && ids.length === 0)
    return listAvailable({ dataDir, verify: false, json: values.json === true });
  if (action === 'verify' && ids.length === 0)
    return listPacks({ dataDir, verify: true, json: values.json === true });
  if (action === 'add' && ids.length === 1) {
    const { config, id, language, license } = values;
    const catalogue = placeOf(values['catalogue-url']);
    if (catalogue instanceof Error) return misuse(catalogue.message);
    const asked = { given: ids[0] ?? '', catalogue, config, id, language, license };
    if (id === undefined && findPack(asked.given)) return pullPacks(ids, dataDir);
    return runAdd(asked, dataDir, stopSignal());
  }
  if (action === 'catalogue' && ids.length <= 1) {
    const place = placeOf(values['catalogue-url']);
    if (place instanceof Error) return misuse(place.message);
    const { listCatalogue } = await import('./catalogue-command.ts');
    const shown = { place, language: ids[0], json: values.json === true };
    return listCatalogue({ ...shown, dataDir, signal: stopSignal() });
  }
  if (action === 'tune' && ids.length === 0) {
    const { tuneVoices } = await import('./tune-command.ts');
    const options = { json: values.json === true, dryRun: values['dry-run'] === true };
    return tuneVoices({ dataDir, ...options, signal: stopSignal() });
  }
  if (action === 'pull') return pullPacks(ids, dataDir);
  if (action === 'remove' && ids.length > 0) return removePacks(ids, dataDir);
  return misuse(
    action === undefined
      ? 'Say list, available, pull, catalogue, add, remove, verify or tune.'
      : `Unknown: models ${positionals.join(' ')}.${didYouMean(action, modelActions)}`,
  );
}

/** Where the catalogue lies: as the setting `models.catalogue_url` has it. */
function placeOf(asked = process.env.FISH_CATALOGUE_URL): CataloguePlace | Error {
  const url = originUrl().safeParse(asked || piperCatalogueUrl);
  return url.success
    ? { url: url.data }
    : new Error(`The address of the catalogue ${firstIssue(url.error).message}.`);
}

function parseModels(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: modelsOptions,
  });
}

function misuse(message: string): number {
  return reportMisuse('fish-ctl models', message, help);
}

async function pullPacks(ids: readonly string[], dataDir: string): Promise<number> {
  const wanted = ids.length > 0 ? ids : [defaultVoicePack];
  const added = await addedPacks(dataDir);
  const chosen: VoicePack[] = [];
  for (const id of wanted) {
    const pack = findPack(id) ?? added.find((each) => each.id === id);
    if (!pack)
      return misuse(`There is no voice pack ${id}; there are ${packs.map((each) => each.id).join(', ')}.`);
    if (!chosen.includes(pack)) chosen.push(pack);
  }
  const signal = stopSignal();
  let code = 0;
  for (const pack of chosen) {
    try {
      await pullPack(pack, { dataDir, progress: createProgress(), signal });
      console.error(`${pack.id}: ready in ${dataDir}`);
    } catch (error) {
      console.error(error instanceof PackFailure ? error.message : error);
      code = 1;
      if (error instanceof PackFailure && (error.kind === 'disk' || error.kind === 'cancelled')) break;
    }
  }
  return code;
}

/** By their own names alone: the name of a voice must not delete the others of its pack. */
async function removePacks(ids: readonly string[], dataDir: string): Promise<number> {
  const all = [...packs, ...(await addedPacks(dataDir))];
  const chosen = ids.map((id) => all.find((pack) => pack.id === id));
  const unknown = ids.find((_, index) => chosen[index] === undefined);
  if (unknown !== undefined) {
    const holder = findPack(unknown) ?? all.find(({ voices }) => voices.some(({ id }) => id === unknown));
    return misuse(
      holder
        ? `${unknown} is a voice of ${holder.id}, which can only be removed whole.`
        : `There is no voice pack ${unknown}; there are ${packs.map(({ id }) => id).join(', ')}.`,
    );
  }
  const signal = stopSignal();
  let code = 0;
  for (const pack of new Set(chosen.filter((each) => each !== undefined))) {
    try {
      const waiting = (): void => console.error(`${pack.id}: another process is fetching it, waiting`);
      const bytes = await removePack(pack, dataDir, signal, waiting);
      if (bytes === undefined) code = 1;
      const done =
        bytes === undefined ? 'is not installed' : `removed, ${(bytes / 1e6).toFixed(0)} MB are free again`;
      console.error(`${pack.id}: ${done}`);
    } catch (error) {
      console.error(error instanceof PackFailure ? error.message : error);
      return 1;
    }
  }
  return code;
}

interface PrintOptions extends LookOptions {
  readonly json: boolean;
}

/** Prints every pack of the manifest and those that were added. 1 when an installed one is damaged, else 0. */
async function listPacks(options: PrintOptions): Promise<number> {
  const tuning = await tuningOf(options.dataDir);
  const chosen = tuning && chosenOf(tuning);
  const pack = chosen?.pack ?? defaultVoicePack;
  const all = [...packs, ...(await addedPacks(options.dataDir))];
  const rows = await Promise.all(all.map((each) => describePack(each, pack, options)));
  const { dataDir } = options;
  if (options.json) {
    console.log(
      JSON.stringify({ dataDir, packs: rows, tuning: tuning && { ...tuning, chosen } }, undefined, 2),
    );
  } else
    console.log(
      [table(rows), ...(tuning && tuning.figures.length > 0 ? ['', tuningReport(tuning, chosen)] : [])].join(
        '\n',
      ),
    );
  const broken = rows.filter((row) => row.state === 'damaged');
  for (const row of broken) {
    const mend = row.added ? `Remove it and add it again` : `Repair it: ${ctlName} models pull ${row.id}`;
    console.error(`${row.id} is damaged (${row.damaged.join(', ')}). ${mend}`);
  }
  return broken.length > 0 ? 1 : 0;
}

async function listAvailable(options: PrintOptions): Promise<number> {
  const all = await Promise.all(packs.map((each) => describePack(each, defaultVoicePack, options)));
  const rows = all.filter(({ state }) => state !== 'installed');
  if (options.json) console.log(JSON.stringify({ dataDir: options.dataDir, packs: rows }, undefined, 2));
  else console.log(rows.length > 0 ? table(rows) : 'Every pack is installed.');
  return 0;
}

/** What was measured on this machine as it is, with the packs as they are. */
async function tuningOf(dataDir: string): Promise<Tuning | undefined> {
  const installed = await installedPacks(dataDir);
  const tuning = await readTuning(dataDir, factsOf(installed));
  if (!tuning) return undefined;
  const ids = new Set(installed.map(({ id }) => id)); // an added voice may be gone
  return { ...tuning, figures: tuning.figures.filter(({ pack }) => ids.has(pack)) };
}

function table(rows: readonly PackRow[]): string {
  const head = ['PACK', 'STATE', 'FAMILY', 'LANGUAGE', 'VOICES', 'SIZE', 'LICENSE'];
  const cells = rows.map((row) => [
    row.default ? `${row.id} (default)` : row.id,
    row.state,
    row.family,
    row.language,
    String(row.voices),
    `${(row.bytes / 1e6).toFixed(0)} MB`,
    row.license,
  ]);
  return columns([head, ...cells]);
}
